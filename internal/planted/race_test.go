//go:build race

package planted_test

// seeds is how many provinces are played: the race detector is slow, and what it looks for happens in the first.
const seeds = 1
