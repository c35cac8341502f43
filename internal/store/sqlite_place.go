package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// filePlace is where an open database lies. On Unix a file that is moved or deleted while it is in use goes on being written, unseen: what
// is stored in it is gone with the process, or stands in a database that nobody serves.
type filePlace struct {
	file string
	log  string // SQLite keeps it beside the file itself, whatever links lead there
	was  os.FileInfo
}

// find looks where a file is that was just opened. Where the system knows no such file nothing is watched.
func (p *filePlace) find(file string) {
	was, err := os.Stat(file)
	if err != nil {
		return
	}
	if target, err := filepath.EvalSymlinks(file); err == nil {
		*p = filePlace{file, target + "-wal", was}
	}
}

// still says whether the file and its log are where they were opened; if not, nothing may be stored.
func (p *filePlace) still() error {
	if p.was == nil {
		return nil
	}
	if is, err := os.Stat(p.file); err != nil || !os.SameFile(p.was, is) {
		return fmt.Errorf("%w (%s)", errMoved, p.file)
	}
	// Asked as if it were a link: who asks for the times of a file that is written makes each next write keep a new one, which took a
	// sixth of a lone review.
	if _, err := os.Readlink(p.log); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w (%s)", errMoved, p.log)
	}
	return nil
}
