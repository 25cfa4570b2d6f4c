// Entries of matrix products put where the next use of the result wants them (`plait.models.constrained_gpu`).
// Compiled with -D COMPLEX.

// A block takes one head: a tile of the product, tile_width entries of `wide` times some rows of `other`, begins at row
// head_other and column head_wide - column and continues the part of C that begins at head_c, through the lists of its
// state.
extern "C" __global__ void place(const COMPLEX *product, COMPLEX *c, long long columns, long long column,
                                 const long long *head_state, const long long *head_wide, const long long *head_other,
                                 const long long *head_c, const long long *tile_width, const long long *tile_first,
                                 const unsigned int *to_c, const unsigned int *from_tile, int adds) {
    const long long state = head_state[blockIdx.x], width = tile_width[state];
    const COMPLEX *from = product + head_other[blockIdx.x] * columns + head_wide[blockIdx.x] - column;
    COMPLEX *to = c + head_c[blockIdx.x];
    for (long long p = tile_first[state] + threadIdx.x; p < tile_first[state + 1]; p += blockDim.x) {
        const unsigned int source = from_tile[p];
        const COMPLEX x = from[source / width * columns + source % width];
        COMPLEX *at = to + to_c[p];
        if (adds) {
            at->x += x.x;
            at->y += x.y;
        } else {
            *at = x;
        }
    }
}
