package storetest

import (
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// recorder writes down what SQLite does to the files of one folder: it stands between SQLite and its own way to the operating
// system (a VFS). The index beside the log (-shm) is memory alone, and gone when the power is.
type recorder struct {
	folder     string
	accepted   atomic.Int64
	mu         sync.Mutex
	happenings []happening
	names      map[uintptr]string // of open files
	methods    map[uintptr]sqlite3.Tsqlite3_io_methods
	functions  functions
}

// at is what lies at an address of SQLite's.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) } //nolint:gosec // how the driver's memory is reached

// function is an address of SQLite's as a function, address a function as SQLite calls it.
func function[F any](address uintptr) F {
	return *(*F)(unsafe.Pointer(&struct{ uintptr }{address})) //nolint:gosec // how the driver calls
}

func address[F any](function F) uintptr {
	return *(*uintptr)(unsafe.Pointer(&struct{ f F }{function})) //nolint:gosec // how the driver is called
}

type (
	openFunction     = func(tls *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32
	deleteFunction   = func(tls *libc.TLS, vfs, name uintptr, sync int32) int32
	closeFunction    = func(tls *libc.TLS, file uintptr) int32
	writeFunction    = func(tls *libc.TLS, file, data uintptr, n int32, offset int64) int32
	truncateFunction = func(tls *libc.TLS, file uintptr, length int64) int32
	syncFunction     = func(tls *libc.TLS, file uintptr, flags int32) int32
)

// record begins to record until the test ends. Every database that is opened meanwhile goes through the recorder.
func record(t *testing.T, folder string) *recorder {
	t.Helper()
	r := &recorder{folder: folder, names: map[uintptr]string{}, methods: map[uintptr]sqlite3.Tsqlite3_io_methods{}}
	tls := libc.NewTLS()
	usual := sqlite3.Xsqlite3_vfs_find(tls, 0)
	ours := libc.Xcalloc(tls, 1, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_vfs{})))
	name, err := libc.CString("recorder")
	if err != nil {
		t.Fatal(err)
	}
	*at[sqlite3.Tsqlite3_vfs](ours) = *at[sqlite3.Tsqlite3_vfs](usual)
	vfs := at[sqlite3.Tsqlite3_vfs](ours)
	vfs.FpNext, vfs.FzName = 0, name
	open, remove := function[openFunction](vfs.FxOpen), function[deleteFunction](vfs.FxDelete)
	opening := func(tls *libc.TLS, _, name, file uintptr, flags int32, out uintptr) int32 {
		code := open(tls, usual, name, file, flags, out)
		if code == sqlite3.SQLITE_OK && name != 0 {
			r.opened(tls, file, libc.GoString(name))
		}
		return code
	}
	removing := func(tls *libc.TLS, _, name uintptr, sync int32) int32 {
		code := remove(tls, usual, name, sync)
		if code == sqlite3.SQLITE_OK {
			r.add(libc.GoString(name), happening{deleted: true})
		}
		return code
	}
	r.functions = functions{opening, removing, r.close(), r.write(), r.truncate(), r.sync()}
	kept.Store(r)
	vfs.FxOpen, vfs.FxDelete = address(r.functions.open), address(r.functions.remove)
	if code := sqlite3.Xsqlite3_vfs_register(tls, ours, 1); code != sqlite3.SQLITE_OK {
		t.Fatalf("register a VFS: %d", code)
	}
	t.Cleanup(func() { // its memory is kept: a connection may still use it
		sqlite3.Xsqlite3_vfs_register(tls, usual, 1)
		sqlite3.Xsqlite3_vfs_unregister(tls, ours)
	})
	return r
}

// functions are known to SQLite by their address alone, so that they must be kept from being collected.
type functions struct {
	open     openFunction
	remove   deleteFunction
	close    closeFunction
	write    writeFunction
	truncate truncateFunction
	sync     syncFunction
}

var kept atomic.Pointer[recorder]

// opened puts our own methods in the place of a file's.
func (r *recorder) opened(tls *libc.TLS, file uintptr, path string) {
	if filepath.Dir(path) != r.folder {
		return
	}
	handle := at[sqlite3.Tsqlite3_file](file)
	usual := *at[sqlite3.Tsqlite3_io_methods](handle.FpMethods)
	r.mu.Lock()
	r.names[file], r.methods[file] = path, usual
	r.mu.Unlock()
	ours := libc.Xcalloc(tls, 1, libc.Tsize_t(unsafe.Sizeof(usual)))
	m := at[sqlite3.Tsqlite3_io_methods](ours)
	*m = usual
	f := &r.functions
	m.FxClose, m.FxWrite, m.FxTruncate, m.FxSync = address(f.close), address(f.write), address(f.truncate), address(f.sync)
	handle.FpMethods = ours
}

func (r *recorder) of(file uintptr) (string, sqlite3.Tsqlite3_io_methods) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.names[file], r.methods[file]
}

func (r *recorder) add(path string, h happening) {
	if filepath.Dir(path) != r.folder {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	h.file, h.accepted = filepath.Base(path), int(r.accepted.Load())
	r.happenings = append(r.happenings, h)
}

// all are the happenings so far.
func (r *recorder) all() []happening {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.happenings)
}

func (r *recorder) close() closeFunction {
	return func(tls *libc.TLS, file uintptr) int32 {
		_, usual := r.of(file)
		return function[closeFunction](usual.FxClose)(tls, file)
	}
}

func (r *recorder) write() writeFunction {
	return func(tls *libc.TLS, file, data uintptr, n int32, offset int64) int32 {
		path, usual := r.of(file)
		r.add(path, happening{offset: offset, data: slices.Clone(libc.GoBytes(data, int(n)))})
		return function[writeFunction](usual.FxWrite)(tls, file, data, n, offset)
	}
}

func (r *recorder) truncate() truncateFunction {
	return func(tls *libc.TLS, file uintptr, length int64) int32 {
		path, usual := r.of(file)
		r.add(path, happening{length: true, offset: length})
		return function[truncateFunction](usual.FxTruncate)(tls, file, length)
	}
}

// sync writes down that all before is durable, when it is.
func (r *recorder) sync() syncFunction {
	return func(tls *libc.TLS, file uintptr, flags int32) int32 {
		path, usual := r.of(file)
		code := function[syncFunction](usual.FxSync)(tls, file, flags)
		if code == sqlite3.SQLITE_OK {
			r.add(path, happening{synced: true})
		}
		return code
	}
}
