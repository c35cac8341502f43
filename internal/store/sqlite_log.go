package store

import (
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// gathering is the name of our layer between SQLite and its files (a VFS). It hands everything on to the default layer, but what is
// written to the log: SQLite writes each page and the page's head apart, some thirty calls for one review and hundreds for a batch.
// Here they wait until the log is synced, read or measured, and go out as one. Order and durability are as before: a commit is told to
// others only when its sync has come back, and nothing waits behind a sync.
const gathering = "gathering"

// mostGathered is how many bytes wait at most: as many as the default layer writes in one call. A page is at most half of it.
const mostGathered = 128<<10 - 1

// logFile is what we keep of an open log, in the same memory, behind what the default layer keeps.
type logFile struct {
	methods sqlite3.Tsqlite3_io_methods // ours, as SQLite calls them
	plain   uintptr                     // the default layer's
	bytes   uintptr                     // what waits
	length  int64
	offset  int64 // where it belongs
}

// The default layer's functions and ours, as SQLite calls them.
type (
	openFunction   = func(tls *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32
	deleteFunction = func(tls *libc.TLS, vfs, name uintptr, sync int32) int32
	closeFunction  = func(tls *libc.TLS, file uintptr) int32
	bytesFunction  = func(tls *libc.TLS, file, bytes uintptr, n int32, offset int64) int32
	lengthFunction = func(tls *libc.TLS, file uintptr, length int64) int32
	sizeFunction   = func(tls *libc.TLS, file, size uintptr) int32
	syncFunction   = func(tls *libc.TLS, file uintptr, flags int32) int32
)

// at is what lies at an address of SQLite's.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) } //nolint:gosec // how the driver's memory is reached

// function is an address that SQLite keeps, as the function it is.
func function[F any](kept *uintptr) *F { return (*F)(unsafe.Pointer(kept)) } //nolint:gosec // how the driver calls

// gatherLog makes our layer known to SQLite.
var gatherLog = sync.OnceValue(func() error {
	tls := libc.NewTLS()
	defer tls.Close()
	if code := sqlite3.Xsqlite3_initialize(tls); code != sqlite3.SQLITE_OK {
		return fmt.Errorf("begin SQLite: code %d", code)
	}
	name, err := libc.CString(gathering)
	if err != nil {
		return fmt.Errorf("name SQLite's layer over files: %w", err)
	}
	address := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_vfs{})))
	if address == 0 {
		return errors.New("no memory for SQLite's layer over files")
	}
	ours := at[sqlite3.Tsqlite3_vfs](address)
	*ours = *at[sqlite3.Tsqlite3_vfs](defaultLayer(tls))
	ours.FpNext, ours.FzName = 0, name
	ours.FszOsFile += int32(unsafe.Sizeof(logFile{}))
	*function[openFunction](&ours.FxOpen) = openGathering
	*function[deleteFunction](&ours.FxDelete) = deleteFile
	if code := sqlite3.Xsqlite3_vfs_register(tls, address, 0); code != sqlite3.SQLITE_OK {
		return fmt.Errorf("register SQLite's layer over files: code %d", code)
	}
	return nil
})

// defaultLayer is asked for each time: a test may put another one there.
func defaultLayer(tls *libc.TLS) uintptr { return sqlite3.Xsqlite3_vfs_find(tls, 0) }

func openGathering(tls *libc.TLS, _, name, file uintptr, flags int32, out uintptr) int32 {
	usual := defaultLayer(tls)
	layer := at[sqlite3.Tsqlite3_vfs](usual)
	code := (*function[openFunction](&layer.FxOpen))(tls, usual, name, file, flags, out)
	if code != sqlite3.SQLITE_OK || flags&sqlite3.SQLITE_OPEN_WAL == 0 {
		return code
	}
	bytes := libc.Xmalloc(tls, mostGathered)
	if bytes == 0 {
		return code // it works as before
	}
	opened := at[sqlite3.Tsqlite3_file](file)
	methods := file + uintptr(layer.FszOsFile) //nolint:gosec // a size
	l := at[logFile](methods)
	*l = logFile{methods: *at[sqlite3.Tsqlite3_io_methods](opened.FpMethods), plain: opened.FpMethods, bytes: bytes}
	*function[closeFunction](&l.methods.FxClose) = closeLog
	*function[bytesFunction](&l.methods.FxWrite) = writeLog
	*function[bytesFunction](&l.methods.FxRead) = readLog
	*function[lengthFunction](&l.methods.FxTruncate) = truncateLog
	*function[sizeFunction](&l.methods.FxFileSize) = sizeOfLog
	*function[syncFunction](&l.methods.FxSync) = syncLog
	opened.FpMethods = methods
	return code
}

func deleteFile(tls *libc.TLS, _, name uintptr, sync int32) int32 {
	usual := defaultLayer(tls)
	return (*function[deleteFunction](&at[sqlite3.Tsqlite3_vfs](usual).FxDelete))(tls, usual, name, sync)
}

// logOf gives what we keep of an open log, and the default layer's methods.
func logOf(file uintptr) (*logFile, *sqlite3.Tsqlite3_io_methods) {
	l := at[logFile](at[sqlite3.Tsqlite3_file](file).FpMethods)
	return l, at[sqlite3.Tsqlite3_io_methods](l.plain)
}

// writeLog keeps what follows upon what waits.
func writeLog(tls *libc.TLS, file, bytes uintptr, n int32, offset int64) int32 {
	l, plain := logOf(file)
	if offset != l.offset+l.length || l.length+int64(n) > mostGathered {
		if code := l.writeOut(tls, file); code != sqlite3.SQLITE_OK {
			return code
		}
		l.offset = offset
	}
	if n > mostGathered {
		return (*function[bytesFunction](&plain.FxWrite))(tls, file, bytes, n, offset)
	}
	libc.Xmemcpy(tls, l.bytes+uintptr(l.length), bytes, libc.Tsize_t(n)) //nolint:gosec // neither is negative
	l.length += int64(n)
	return sqlite3.SQLITE_OK
}

// writeOut writes what waits. What could not be written is gone, as it is when SQLite's own write fails: the transaction fails.
func (l *logFile) writeOut(tls *libc.TLS, file uintptr) int32 {
	n, offset := l.length, l.offset
	if n == 0 {
		return sqlite3.SQLITE_OK
	}
	l.length, l.offset = 0, offset+n
	plain := at[sqlite3.Tsqlite3_io_methods](l.plain)
	return (*function[bytesFunction](&plain.FxWrite))(tls, file, l.bytes, int32(n), offset) //nolint:gosec // at most mostGathered
}

func readLog(tls *libc.TLS, file, bytes uintptr, n int32, offset int64) int32 {
	l, plain := logOf(file)
	if code := l.writeOut(tls, file); code != sqlite3.SQLITE_OK {
		return code
	}
	return (*function[bytesFunction](&plain.FxRead))(tls, file, bytes, n, offset)
}

func truncateLog(tls *libc.TLS, file uintptr, length int64) int32 {
	l, plain := logOf(file)
	if code := l.writeOut(tls, file); code != sqlite3.SQLITE_OK {
		return code
	}
	return (*function[lengthFunction](&plain.FxTruncate))(tls, file, length)
}

func sizeOfLog(tls *libc.TLS, file, size uintptr) int32 {
	l, plain := logOf(file)
	if code := l.writeOut(tls, file); code != sqlite3.SQLITE_OK {
		return code
	}
	return (*function[sizeFunction](&plain.FxFileSize))(tls, file, size)
}

func syncLog(tls *libc.TLS, file uintptr, flags int32) int32 {
	l, plain := logOf(file)
	if code := l.writeOut(tls, file); code != sqlite3.SQLITE_OK {
		return code
	}
	return (*function[syncFunction](&plain.FxSync))(tls, file, flags)
}

func closeLog(tls *libc.TLS, file uintptr) int32 {
	l, plain := logOf(file)
	written := l.writeOut(tls, file)
	libc.Xfree(tls, l.bytes)
	if code := (*function[closeFunction](&plain.FxClose))(tls, file); code != sqlite3.SQLITE_OK {
		return code
	}
	return written
}
