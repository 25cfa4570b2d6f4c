// Evolution in the Fibonacci path basis on a GPU: several crossings per pass over the state, in shared memory.
//
// A pass takes runs at positions inside one window of bits. `columns` is for windows with bits after them: a block takes
// LANES neighbouring amplitudes behind every configuration of the window, under one prefix. `ends` is for the window
// at the end of the paths: a block takes one prefix, whose configurations are neighbours.
// Compiled with -D REAL, COMPLEX, LANES. Factors of a run: those of `plait.models.statevector_kernel.cross`.

typedef unsigned short Row;
typedef long long Place;

struct Run { int single, single_end, pair, pair_end; };

__device__ __forceinline__ void rescale(COMPLEX *x, const REAL *f) {
    const COMPLEX v = *x;
    x->x = f[0] * v.x - f[1] * v.y;
    x->y = f[0] * v.y + f[1] * v.x;
}

__device__ __forceinline__ void mix(COMPLEX *x, COMPLEX *y, const REAL *f) {
    COMPLEX a = *x, b = *y;
    const REAL ur = a.x + f[4] * b.x, ui = a.y + f[4] * b.y;
    const REAL wr = f[2] * ur - f[3] * ui, wi = f[2] * ui + f[3] * ur;
    a.x += wr;
    a.y += wi;
    b.x += f[4] * wr;
    b.y += f[4] * wi;
    *x = a;
    *y = b;
}

// Runs on rows of `lanes` amplitudes in shared memory; a row beyond `width` lanes holds nothing of the state.
template <int lanes>
__device__ __forceinline__ void cross(COMPLEX *part, const Run *runs, const REAL *factors, int count,
                                      const Row *singles, const ushort2 *pairs) {
    for (int r = 0; r < count; ++r) {
        const Run run = runs[r];
        REAL f[5];
        for (int k = 0; k < 5; ++k) f[k] = factors[5 * r + k];
        __syncthreads();
        for (int k = run.single * lanes + threadIdx.x; k < run.single_end * lanes; k += blockDim.x)
            rescale(part + singles[k / lanes] * lanes + k % lanes, f);
        for (int k = run.pair * lanes + threadIdx.x; k < run.pair_end * lanes; k += blockDim.x) {
            const ushort2 at = pairs[k / lanes];
            mix(part + at.x * lanes + k % lanes, part + at.y * lanes + k % lanes, f);
        }
    }
    __syncthreads();
}

extern "C" __global__ void columns(COMPLEX *state, const Place *prefixes, const Place *rows, int row_count, Place wide,
                                   int chunks, const Run *runs, const REAL *factors, int count, const Row *singles,
                                   const ushort2 *pairs) {
    extern __shared__ char memory[];
    COMPLEX *part = (COMPLEX *)memory;
    const Place chunk = blockIdx.x % chunks, place = prefixes[blockIdx.x / chunks] + chunk * LANES;
    const int width = (int)min((Place)LANES, wide - chunk * LANES), lane = threadIdx.x % LANES;
    const int step = blockDim.x / LANES;
    if (lane < width)
        for (int row = threadIdx.x / LANES; row < row_count; row += step)
            part[row * LANES + lane] = state[place + rows[row] + lane];
    cross<LANES>(part, runs, factors, count, singles, pairs);
    if (lane < width)
        for (int row = threadIdx.x / LANES; row < row_count; row += step)
            state[place + rows[row] + lane] = part[row * LANES + lane];
}

extern "C" __global__ void ends(COMPLEX *state, const Place *prefixes, int row_count, const Run *runs,
                                const REAL *factors, int count, const Row *singles, const ushort2 *pairs) {
    extern __shared__ char memory[];
    COMPLEX *part = (COMPLEX *)memory, *place = state + prefixes[blockIdx.x];
    for (int row = threadIdx.x; row < row_count; row += blockDim.x) part[row] = place[row];
    cross<1>(part, runs, factors, count, singles, pairs);
    for (int row = threadIdx.x; row < row_count; row += blockDim.x) place[row] = part[row];
}

// Last bit of the path of a rank: `ways[2 k + b]` paths have k more bits after a bit b.
__device__ __forceinline__ int last_bit(Place rank, const Place *ways, int strands) {
    int bit = 0;
    for (int left = strands - 1; left >= 0; --left) {
        if (bit == 0) {
            bit = 1;
        } else if (rank < ways[2 * left]) {
            bit = 0;
        } else {
            rank -= ways[2 * left];
        }
    }
    return bit;
}

// As `plait.models.statevector_kernel.turn`.
__device__ __forceinline__ int turn(unsigned long long key, Place place) {
    unsigned long long z = key + (unsigned long long)(place + 1) * 0x9E3779B97F4A7C15ull;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return (int)((z ^ (z >> 31)) >> 62);
}

// A start vector of random quarter turns: root * i^turn, root by the last bit.
extern "C" __global__ void start(COMPLEX *state, Place size, unsigned long long key, const Place *ways, int strands,
                                 double low, double high) {
    const Place stride = (Place)gridDim.x * blockDim.x;
    for (Place k = (Place)blockIdx.x * blockDim.x + threadIdx.x; k < size; k += stride) {
        const REAL root = last_bit(k, ways, strands) ? high : low;
        const int quarters = turn(key, k);
        COMPLEX x;
        x.x = quarters == 0 ? root : quarters == 2 ? -root : 0;
        x.y = quarters == 1 ? root : quarters == 3 ? -root : 0;
        state[k] = x;
    }
}

// Sums of conj(start) * state, one of each block; the order of the sum does not depend on when blocks run.
extern "C" __global__ void overlap(const COMPLEX *state, Place size, unsigned long long key, const Place *ways,
                                   int strands, double low, double high, double2 *sums) {
    __shared__ double2 all[256];
    const Place stride = (Place)gridDim.x * blockDim.x;
    double2 sum = {0, 0};
    for (Place k = (Place)blockIdx.x * blockDim.x + threadIdx.x; k < size; k += stride) {
        const double root = last_bit(k, ways, strands) ? high : low;
        const double a = root * state[k].x, b = root * state[k].y;
        const int quarters = turn(key, k);
        sum.x += quarters == 0 ? a : quarters == 1 ? b : quarters == 2 ? -a : -b;
        sum.y += quarters == 0 ? b : quarters == 1 ? -a : quarters == 2 ? -b : a;
    }
    all[threadIdx.x] = sum;
    for (int half = 128; half; half /= 2) {
        __syncthreads();
        if (threadIdx.x < half) {
            all[threadIdx.x].x += all[threadIdx.x + half].x;
            all[threadIdx.x].y += all[threadIdx.x + half].y;
        }
    }
    if (threadIdx.x == 0) sums[blockIdx.x] = all[0];
}
