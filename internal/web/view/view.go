// Package view draws the pages: templates in two languages, one style sheet, a little script. Pages work without the
// script and on old phones; what is built from src is embedded, so that running the program needs Go alone.
package view

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"runtime"
	"strconv"
	"strings"
)

// Language is one of the two that pages are written in.
type Language int

// The languages; the number is the place in words.
const (
	Chinese Language = iota
	English
)

// Frame is what every page has around its content.
type Frame struct {
	Title  string
	Here   string // this page's address, for coming back
	Person string // who is logged in, masked; empty when nobody is
	Large  bool   // large type
	Tablet bool   // on the counter
	Form   string // the form of which nothing is to be lost when type or language change; empty: none
	Test   bool   // test environment
	// Onward is where a page goes by itself after so many seconds; empty: it stays.
	Onward string
	After  int
}

//go:embed templates/*.html
var templates embed.FS

// Pages draws pages.
type Pages struct{ languages [2]*template.Template }

// NewPages reads the templates. What is wrong with them shows here, not before people.
func NewPages() (*Pages, error) {
	p := &Pages{}
	for _, language := range []Language{Chinese, English} {
		set, err := template.New("pages").Funcs(functions(language)).ParseFS(templates, "templates/*.html")
		if err != nil {
			return nil, fmt.Errorf("read templates: %w", err)
		}
		p.languages[language] = set
	}
	return p, nil
}

// functions are what templates may call.
func functions(language Language) template.FuncMap {
	return template.FuncMap{
		"t":     func(key string) (string, error) { return word(language, key) },
		"asset": Asset, "whole": Whole, "amount": Amount, "decimal": Decimal, "signed": Signed,
		"tile": tileOf, "portion": portion, "drawn": drawnStars, "round": nearest, "size": size, "dotted": dotted,
	}
}

// dotted are the parts of a.b.c, behind whose dots a line may break.
func dotted(name string) []string { return strings.SplitAfter(name, ".") }

func word(language Language, key string) (string, error) {
	text, known := words[key]
	if !known {
		return "", fmt.Errorf("no words for %q", key)
	}
	return text[language], nil
}

// contentSecurity allows what is our own, and nothing inline.
const contentSecurity = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Write draws a page whole before a byte of it is sent.
func (p *Pages) Write(w http.ResponseWriter, status int, language Language, name string, page any) error {
	var buffer bytes.Buffer
	if err := p.languages[language].ExecuteTemplate(&buffer, name, page); err != nil {
		return fmt.Errorf("draw page %s: %w", name, err)
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(buffer.Len()))
	header.Set("Content-Security-Policy", contentSecurity)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "same-origin")
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(buffer.Bytes()) // a reader that hung up loses his page only
	return nil
}

// passing is a buffer for what is drawn while reviews come in: whoever sends one passes now and then.
type passing struct {
	bytes.Buffer
	since int
}

// drawnAtOnce is how many bytes are drawn before others may pass.
const drawnAtOnce = 4 << 10

func (p *passing) Write(text []byte) (int, error) {
	if p.since += len(text); p.since > drawnAtOnce {
		p.since = 0
		runtime.Gosched()
	}
	return p.Buffer.Write(text)
}

// Fragment draws a part of a page, to be put into pages as it is: it was escaped when it was drawn.
func (p *Pages) Fragment(language Language, name string, part any) (template.HTML, error) {
	var buffer passing
	if err := p.languages[language].ExecuteTemplate(&buffer, name, part); err != nil {
		return "", fmt.Errorf("draw %s: %w", name, err)
	}
	return template.HTML(buffer.String()), nil //nolint:gosec // html/template has just escaped it
}
