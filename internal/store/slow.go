package store

import (
	"path"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Slow is a statement that took long. It has a name and no arguments: they may be personal.
type Slow struct {
	// Statement is the method of the store whose statement it was, such as ClaimJob: one of few hundred names.
	Statement string
	// Place is where in the store it stands, such as job.go:112.
	Place string
	// Took is from its sending until its last row was read.
	Took time.Duration
}

// Watch has tell told of every statement from now on that takes limit or longer, commits included. tell must not wait. Without
// it, or with a limit of 0, nothing is measured.
func (s *Store) Watch(limit time.Duration, tell func(Slow)) {
	if limit <= 0 {
		s.watch.Store(nil)
		return
	}
	s.watch.Store(&watching{limit, tell})
}

// watch measures statements, as long as somebody wants to know.
type watch struct{ atomic.Pointer[watching] }

type watching struct {
	limit time.Duration
	tell  func(Slow)
}

// begin is when a statement began, zero when nobody asks.
func (w *watch) begin() time.Time {
	if w.Load() == nil {
		return time.Time{}
	}
	return time.Now()
}

// end is called by who waited for the statement: only then its name is found.
func (w *watch) end(began time.Time) {
	if began.IsZero() {
		return
	}
	on, took := w.Load(), time.Since(began)
	if on == nil || took < on.limit {
		return
	}
	statement, place := caller()
	on.tell(Slow{statement, place, took})
}

const (
	ownPackage = "github.com/haochaping/haochaping/internal/store."
	// deepest is how many callers are looked at: those of a statement below database/sql and a driver.
	deepest = 64
	// unnamed is a statement that ended in a goroutine of the driver, because its caller gave up.
	unnamed = "abandoned"
)

// caller finds the method of the store that is waiting, the outermost, and the line where it does, the innermost.
func caller() (name, place string) {
	var counters [deepest]uintptr
	frames := runtime.CallersFrames(counters[:runtime.Callers(2, counters[:])])
	for {
		frame, more := frames.Next()
		if function, ours := strings.CutPrefix(frame.Function, ownPackage); ours && !strings.HasPrefix(path.Base(frame.File), "slow") {
			if place == "" {
				place = path.Base(frame.File) + ":" + strconv.Itoa(frame.Line)
			}
			name = function
		}
		if !more {
			break
		}
	}
	if name == "" {
		return unnamed, ""
	}
	return methodOf(name), place
}

// methodOf is ClaimJob of (*Store).ClaimJob.func1.
func methodOf(function string) string {
	if strings.HasPrefix(function, "(") {
		_, function, _ = strings.Cut(function, ").")
	}
	name, _, _ := strings.Cut(function, ".")
	name, _, _ = strings.Cut(name, "[")
	return name
}
