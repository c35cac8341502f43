package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
)

// Stream reads a list of any length row by row; what it needs of memory does not grow with the file. The forms are those
// of Read.
type Stream struct {
	source rows
	file   *counting
	size   int64
	limits Limits
	name   string
	// Workbook says that cells come from an xlsx, where a date is a number.
	Workbook bool
}

// rows is one form of a list.
type rows interface {
	// next gives a row, which the caller may keep; io.EOF after the last.
	next() (Row, error)
	Close() error
}

// Long are the limits of a list that is streamed: those of a workbook, since a csv is read whatever its length.
func Long() Limits {
	return Limits{Bytes: 512 << 20, Unzipped: 8 << 30, Rows: 1 << 20, Columns: 128}
}

// Sent are the limits of a list that a browser sent: as long as a file of that size may honestly be.
func Sent() Limits {
	l := Long()
	l.Bytes, l.Unzipped = 32<<20, 1<<30
	return l
}

// Open opens a file. Of a csv only Columns is limited, and the length of one row; of an xlsx, which has to be unzipped,
// every limit holds.
func Open(name, page string, limits Limits) (*Stream, error) {
	file, err := os.Open(name) //nolint:gosec // the person names his own file
	if err != nil {
		return nil, fmt.Errorf("打不开文件：%w", err)
	}
	s := &Stream{file: &counting{file: file}, limits: limits, name: filepath.Base(name)}
	info, err := file.Stat()
	switch {
	case err != nil:
		err = fmt.Errorf("读不了文件：%w", err)
	case !info.Mode().IsRegular():
		err = refuse("不是文件")
	default:
		s.size = info.Size()
		err = s.open(file, page)
	}
	if err != nil {
		_ = file.Close() // it was only read
		return nil, s.named(err)
	}
	return s, nil
}

// OpenData opens a file that was sent to us, by its content and the name that people know it by.
func OpenData(name string, data []byte, page string, limits Limits) (*Stream, error) {
	file := inMemoryFile{bytes.NewReader(data)}
	s := &Stream{file: &counting{file: file}, size: int64(len(data)), limits: limits, name: name}
	if err := s.open(file, page); err != nil {
		return nil, s.named(err)
	}
	return s, nil
}

// inMemoryFile is data as a file.
type inMemoryFile struct{ *bytes.Reader }

// Close implements io.Closer.
func (inMemoryFile) Close() error { return nil }

// readable is a file that is read.
type readable interface {
	io.ReadCloser
	io.ReaderAt
}

func (s *Stream) open(file readable, page string) (err error) {
	start := make([]byte, 4)
	n, err := file.ReadAt(start, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("读不了文件：%w", err)
	}
	switch start = start[:n]; {
	case bytes.HasPrefix(start, []byte("PK\x03\x04")):
		s.Workbook = true
		if s.size > s.limits.Bytes {
			return refuse("文件超过了 %d MB 的上限，请另存为 csv 再导入", s.limits.Bytes>>20)
		}
		s.source, err = streamXLSX(file, s.size, page, s.limits)
	case bytes.HasPrefix(start, []byte("\xd0\xcf\x11\xe0")):
		err = refuse("是旧版 xls 格式，或设了打开密码；请去掉密码，另存为 xlsx 或 csv 再导入")
	default:
		s.source, err = streamCSV(s.file)
	}
	return err
}

// Next gives the next row that holds anything; io.EOF after the last. A row of a csv that can't be taken apart has a Fault.
// Where bytes are no text, the caller finds utf8.RuneError.
func (s *Stream) Next() (Row, error) {
	for {
		row, err := s.source.next()
		if errors.Is(err, io.EOF) {
			return Row{}, io.EOF
		}
		if err != nil {
			return Row{}, s.named(err)
		}
		cells := row.Cells
		for i, cell := range cells {
			cells[i] = trimmed(cell)
		}
		for len(cells) > 0 && cells[len(cells)-1] == "" {
			cells = cells[:len(cells)-1]
		}
		switch {
		case len(cells) == 0 && row.Fault == "":
			continue
		case len(cells) > s.limits.Columns:
			cells, row.Fault = nil, fmt.Sprintf("%s 有内容，超出了 %d 列的上限", CellName(len(cells)-1, row.Number), s.limits.Columns)
		}
		row.Cells = cells
		return row, nil
	}
}

// Progress is how much of the file has been read, in bytes; of is 0 for an xlsx, which tells nobody beforehand how long it is.
// Anybody may ask while another reads.
func (s *Stream) Progress() (done, of int64) {
	if s.Workbook {
		return 0, 0
	}
	return min(s.file.read.Load(), s.size), s.size
}

// Close ends the reading.
func (s *Stream) Close() error {
	err := s.source.Close()
	_ = s.file.file.Close() // it was only read
	return err
}

func (s *Stream) named(err error) error { return fmt.Errorf("%s：%w", s.name, err) }

// counting counts what is read of a file.
type counting struct {
	file readable
	read atomic.Int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.file.Read(p)
	c.read.Add(int64(n))
	return n, err
}

// trimmed is trim, at once for what begins and ends with a visible character of ASCII, as nearly every cell does.
func trimmed(cell string) string {
	if cell == "" || visible(cell[0]) && visible(cell[len(cell)-1]) {
		return cell
	}
	return trim(cell)
}

func visible(c byte) bool { return '!' <= c && c <= '~' }
