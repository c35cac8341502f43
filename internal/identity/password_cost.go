//go:build !race

package identity

// What one argon2id costs (RFC 9106; OWASP's second choice): some 40 ms and 19 MiB, so that a login can't be made a way to
// exhaust the memory.
const (
	argonMemory = 19 << 10 // KiB
	argonTime   = 2
)
