package view

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/haochaping/haochaping/internal/qrcode"
)

// Poster is one sheet of A4 that stands at a window: whoever scans its code rates the window.
type Poster struct {
	Hall string
	// Number stands over the window; Name says what is done there. Each may be empty.
	Number, Name string
	// Department whose window it is; may be empty.
	Department string
	// Address is what the code holds.
	Address string
	// Telephone is whom to ask; may be empty.
	Telephone string
}

//go:embed poster.html
var posterSource string

var posterTemplate = template.Must(template.New("poster").Parse(posterSource))

// WritePosters writes a page ready for print: one sheet a poster, whatever the length of its names. test marks every sheet
// as one that must not be put up.
func WritePosters(to io.Writer, title string, test bool, posters []Poster) error {
	sheets := make([]posterSheet, len(posters))
	for i, p := range posters {
		code, err := qrcode.SVG(p.Address, qrcode.Q)
		if err != nil {
			return fmt.Errorf("code of %s: %w", p.Address, err)
		}
		sheets[i] = posterSheet{Poster: p, Code: template.HTML(code)} //nolint:gosec // our own drawing
	}
	var page bytes.Buffer
	err := posterTemplate.Execute(&page, struct {
		Title  string
		Test   bool
		Sheets []posterSheet
	}{title, test, sheets})
	if err != nil {
		return fmt.Errorf("draw posters: %w", err)
	}
	_, err = page.WriteTo(to)
	return err
}

type posterSheet struct {
	Poster
	Code template.HTML
}

// Size is how large a text may be, by how long it is: l, m or s.
func (posterSheet) Size(text string, large, medium int) string {
	switch n := utf8.RuneCountInString(text); {
	case n <= large:
		return "l"
	case n <= medium:
		return "m"
	default:
		return "s"
	}
}

// Link is the address as people type it.
func (p posterSheet) Link() string {
	_, link, found := strings.Cut(p.Address, "://")
	if !found {
		return p.Address
	}
	return link
}

// Telephones are the numbers that stand in Telephone, so that none is broken in two.
func (p posterSheet) Telephones() []string {
	return strings.FieldsFunc(p.Telephone, func(r rune) bool { return strings.ContainsRune("、,;/", r) })
}

// Counted says whether the number is one that people call 号; else it is a name already.
func (p posterSheet) Counted() bool {
	return strings.Trim(p.Number, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-") == ""
}

// Words are those of the stars, from one to five (domain.md 2). The stars stand empty: nobody is told what to choose.
func (posterSheet) Words() []string {
	return []string{"非常不满意", "不满意", "基本满意", "满意", "非常满意"}
}
