// Package e2e plays the parts of the program's users from outside: it builds the binary, runs it on both engines, and
// talks to it by HTTP and commands only. It has nothing but tests.
package e2e
