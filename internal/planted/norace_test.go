//go:build !race

package planted_test

// seeds is how many provinces are played.
const seeds = 3
