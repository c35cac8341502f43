package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
)

// Backups in a folder are named for their moment, so that their names are in the order of time.
var folderName = regexp.MustCompile(`^haochaping-\d{8}-\d{6}\.hcpbackup$`)

// NameIn is the name of a backup in a folder.
func NameIn(folder string, at time.Time) string {
	return filepath.Join(folder, "haochaping-"+at.In(beijing.Zone).Format("20060102-150405")+Extension)
}

// Sweep removes what processes that were killed left of backups in a folder, and tells what it removed. What another process writes
// just now stays, as does whatever is not named as NameIn names.
func Sweep(folder string) (removed []string, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("look for unfinished backups: %w", err)
	}
	for _, entry := range entries {
		name, part := strings.CutSuffix(entry.Name(), unfinished)
		if !part || !folderName.MatchString(name) || !entry.Type().IsRegular() {
			continue
		}
		file := filepath.Join(folder, entry.Name())
		switch err := removeUnkept(file); {
		case err == nil:
			removed = append(removed, file)
		case !errors.Is(err, ErrUnderWay) && !errors.Is(err, fs.ErrNotExist):
			return removed, fmt.Errorf("remove an unfinished backup: %w", err)
		}
	}
	return removed, nil
}

// removeUnkept removes a file that no process keeps.
func removeUnkept(name string) error {
	file, err := os.OpenFile(name, os.O_WRONLY, 0) //nolint:gosec // named as ours are
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // nothing was written
	if keep(file, name) != nil {
		return ErrUnderWay
	}
	return os.Remove(name)
}

// KeepNewest removes the oldest backups of a folder that belong to the same database as the one just made, so that at most so many
// are left with it, and tells what it removed. Who calls it has verified that one. Backups of other databases, of other names, and
// files that are no backups stay.
func KeepNewest(made string, most int) (removed []string, err error) {
	folder := filepath.Dir(made)
	ours, err := ReadHead(made)
	if err != nil {
		return nil, fmt.Errorf("keep the newest backups: %w", err)
	}
	entries, err := os.ReadDir(folder) // by name
	if err != nil {
		return nil, fmt.Errorf("keep the newest backups: %w", err)
	}
	var older []string
	for _, entry := range entries {
		file := filepath.Join(folder, entry.Name())
		if !folderName.MatchString(entry.Name()) || !entry.Type().IsRegular() || entry.Name() >= filepath.Base(made) {
			continue
		}
		if head, err := ReadHead(file); err == nil && head.Index == ours.Index && head.Engine == ours.Engine && !head.At.After(ours.At) {
			older = append(older, file)
		}
	}
	slices.Reverse(older) // the newest first
	for _, file := range older[min(len(older), max(most-1, 0)):] {
		if err := os.Remove(file); err != nil {
			return removed, fmt.Errorf("remove an old backup: %w", err)
		}
		removed = append(removed, file)
	}
	return removed, nil
}
