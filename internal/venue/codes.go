package venue

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/haochaping/haochaping/internal/qrcode"
)

// Codes draws the static codes of windows.
type Codes struct {
	BaseURL string // where the pages are, with or without a slash at its end
	Test    bool   // every code is marked: 测试环境 仅供测试
	Pixels  int    // how wide a PNG is
}

// UsualPixels is how wide a PNG is when nobody says.
const UsualPixels = 600

// Address is where a window's static code leads (contract.md 5).
func (c *Codes) Address(window string) string {
	return strings.TrimRight(c.BaseURL, "/") + "/ping/window.html?w=" + url.QueryEscape(window)
}

// Draw draws the code of an address: .png or .svg.
func (c *Codes) Draw(extension, address string) ([]byte, error) {
	var marks []qrcode.Option
	if c.Test {
		marks = append(marks, qrcode.TestMark())
	}
	switch strings.ToLower(extension) {
	case ".svg":
		return qrcode.SVG(address, qrcode.M, marks...)
	case ".png":
		return qrcode.PNG(address, qrcode.M, c.Pixels, marks...)
	default:
		return nil, errors.New("out 应为 .svg 或 .png 文件")
	}
}

// Archive is a ZIP of codes, written as they are drawn.
type Archive struct {
	codes *Codes
	zip   *zip.Writer
	used  map[string]bool
	at    time.Time
}

// NewArchive begins one.
func (c *Codes) NewArchive(to io.Writer, at time.Time) *Archive {
	return &Archive{c, zip.NewWriter(to), map[string]bool{}, at}
}

// Windows adds each window's code as PNG and as SVG, named by the window, in a folder (empty: none).
func (a *Archive) Windows(folder string, windows []Window) error {
	for _, window := range windows {
		name := a.name(folder, window.Number+"-"+window.Name, window.Code)
		for _, extension := range []string{".png", ".svg"} {
			data, err := a.codes.Draw(extension, a.codes.Address(window.Code))
			if err != nil {
				return err
			}
			if err := a.Add(name+extension, func(to io.Writer) error { _, err := to.Write(data); return err }); err != nil {
				return err
			}
		}
	}
	return nil
}

// Folder is a hall's name as that of a folder no other hall has.
func (a *Archive) Folder(h *Hall) string { return a.name("", h.Name, h.Code) }

// name is a file's name on any system, with a code where another has it already.
func (a *Archive) name(folder, text, code string) string {
	name := FileName(text)
	if folder != "" {
		name = folder + "/" + name
	}
	if key := strings.ToLower(name); a.used[key] {
		return name + "-" + code
	} else {
		a.used[key] = true
	}
	return name
}

// Add adds a file.
func (a *Archive) Add(name string, write func(to io.Writer) error) error {
	file, err := a.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: a.at})
	if err == nil {
		err = write(file)
	}
	if err != nil {
		return fmt.Errorf("add %s to an archive: %w", name, err)
	}
	return nil
}

// Close ends the archive.
func (a *Archive) Close() error { return a.zip.Close() }

// nameLength is how long a file's name may be, in characters: some systems take 255 bytes and no more.
const nameLength = 60

// FileName makes a text a file's name on any system.
func FileName(text string) string {
	name := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, text)
	if letters := []rune(name); len(letters) > nameLength {
		name = string(letters[:nameLength])
	}
	return strings.TrimLeft(strings.TrimRight(name, "."), ".")
}
