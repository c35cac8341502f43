package sheet

import (
	"archive/zip"
	"errors"
	"io"
	"path"
	"strings"
)

// Bounds of a workbook's parts, far above what any honest one has. They are looked at before anything is built from them, so that
// what a file costs is known by its size: a part that repeats a byte a billion times, or nests as deep, is small when it is packed.
const (
	mostParts = 4096
	mostTag   = 64 << 10  // bytes of a tag, a comment or an instruction
	mostText  = 512 << 10 // bytes of a text; a cell has at most 32,767 characters
	mostDepth = 64        // elements within one another
	// mostPlain is how many tags a part may have that is neither a page nor a table of texts or styles: what a workbook is made
	// of is gone through once for each of its pages.
	mostPlain = 20_000
	// mostStyles is how many bytes of styles are read.
	mostStyles = 16 << 20
	// textsPerRow is how many different texts a row may have on average.
	textsPerRow = 16
)

// slimmed gives a workbook with only those parts that a list is read from; nothing else is unpacked. The others (pictures, charts,
// macros) are left out, and what would cost more than its bounds is refused.
func slimmed(file io.ReaderAt, size int64, limits Limits) (io.ReadCloser, error) {
	book, err := zip.NewReader(file, size)
	if err != nil {
		return nil, refuse("不是可以读取的 xlsx 文件，或内容过大：%v", err)
	}
	if len(book.File) > mostParts {
		return nil, refuse("不是可以读取的 xlsx 文件，或内容过大：有 %d 个部分", len(book.File))
	}
	var kept []*zip.File
	var unzipped uint64
	for _, part := range book.File {
		kind := kindOf(part.Name)
		if kind == otherPart {
			continue
		}
		// A part that holds more than its head says can't be read to its end.
		if unzipped += part.UncompressedSize64; part.UncompressedSize64 > uint64(limits.Unzipped) || unzipped > uint64(limits.Unzipped) { //nolint:gosec // a limit is positive
			return nil, refuse("不是可以读取的 xlsx 文件，或内容过大：解开后超过 %d MB", limits.Unzipped>>20)
		}
		keep, err := examine(part, kind, limits)
		if err != nil {
			return nil, err
		}
		if keep {
			kept = append(kept, part)
		}
	}
	reader, writer := io.Pipe()
	go func() {
		slim := zip.NewWriter(writer)
		var err error
		for _, part := range kept {
			if err = slim.Copy(part); err != nil {
				break
			}
		}
		_ = writer.CloseWithError(errors.Join(err, slim.Close())) // never fails
	}()
	return reader, nil
}

type partKind int

const (
	otherPart  partKind = iota
	pagePart            // a worksheet
	textsPart           // the table of shared texts
	stylesPart          // as it says
	plainPart           // what the workbook is made of
)

// kindOf is what a part is by its name, which the reader of workbooks goes by, too.
func kindOf(name string) partKind {
	name = strings.ToLower(strings.ReplaceAll(name, `\`, "/"))
	switch folder := path.Dir(name); {
	case path.Clean("/"+name) != "/"+name: // ../, and folders
		return otherPart
	case name == "xl/sharedstrings.xml":
		return textsPart
	case name == "xl/styles.xml":
		return stylesPart
	case folder == "xl/worksheets" && strings.HasSuffix(name, ".xml"):
		return pagePart
	case name == "[content_types].xml", name == "_rels/.rels", folder == "xl" && strings.HasSuffix(name, ".xml"),
		folder == "xl/_rels" && strings.HasSuffix(name, ".rels"):
		return plainPart
	}
	return otherPart
}

// examine reads a part once, and says whether it is to be kept.
func examine(part *zip.File, kind partKind, limits Limits) (bool, error) {
	text, err := part.Open()
	if err != nil {
		return false, refuse("不是可以读取的 xlsx 文件，或内容过大：%v", err)
	}
	defer text.Close() //nolint:errcheck // it was only read
	var m markup
	buffer := make([]byte, 64<<10)
	for {
		n, err := text.Read(buffer)
		if fault := m.read(buffer[:n]); fault != "" {
			return false, refuse("不是可以读取的 xlsx 文件，或内容过大：%s", fault)
		}
		switch {
		case kind == textsPart && m.items > textsPerRow*max(limits.Rows, 1):
			return false, refuse("不是可以读取的 xlsx 文件，或内容过大：文字太多")
		case kind == plainPart && m.tags > mostPlain, kind == stylesPart && m.bytes > mostStyles:
			return false, nil // no list needs it: an order of calculation, say
		case errors.Is(err, io.EOF):
			return true, nil
		case err != nil:
			return false, refuse("不是可以读取的 xlsx 文件，或内容过大：%v", err)
		}
	}
}
