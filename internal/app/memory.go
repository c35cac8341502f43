package app

// ballast is as much as Ballast weighs: the heap grows by that, and by what is in use, before garbage is collected.
const ballast = 24 << 20

// Ballast makes the garbage collector run less often while little is in use, which is when it costs most: what it must look
// through is every waiting caller's stack. It is memory that nobody writes to, so that none is taken from the machine; a
// server keeps it as long as it serves. Weighed against a lower GOGC with a memory limit: near the limit that collects
// without end.
func Ballast() []byte { return make([]byte, ballast) }
