//go:build race

package identity

// With the race detector, which is for tests alone, what costs 40 ms would cost a second.
const (
	argonMemory = 1 << 10 // KiB
	argonTime   = 1
)
