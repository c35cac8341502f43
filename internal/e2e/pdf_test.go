package e2e

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pdf is a tagged PDF as chromium writes it: which part of the document stands on which sheets of paper.
type pdf struct {
	objects map[int]string
	pages   []int // objects, in order
	sizes   map[string]bool
}

var (
	pdfObject = regexp.MustCompile(`(?s)(\d+) 0 obj\n(.*?)\nendobj`)
	pdfType   = regexp.MustCompile(`/Type /(\w+)`)
	pdfKids   = regexp.MustCompile(`/Kids \[([^\]]*)\]`)
	pdfBox    = regexp.MustCompile(`/MediaBox \[([^\]]*)\]`)
	pdfTag    = regexp.MustCompile(`/S /(\w+)`)
	pdfPage   = regexp.MustCompile(`/Pg (\d+) 0 R`)
	pdfParts  = regexp.MustCompile(`/K (\[[^\]]*\]|\d+ 0 R|\d+)`)
	pdfRef    = regexp.MustCompile(`(\d+) 0 R`)
)

func readPDF(t *testing.T, data []byte) *pdf {
	t.Helper()
	p := &pdf{objects: map[int]string{}, sizes: map[string]bool{}}
	for _, found := range pdfObject.FindAllSubmatch(data, -1) {
		number, err := strconv.Atoi(string(found[1]))
		if err != nil {
			t.Fatal(err)
		}
		p.objects[number] = string(found[2])
	}
	for number, object := range p.objects {
		if kind := pdfType.FindStringSubmatch(object); kind != nil && kind[1] == "Pages" && !strings.Contains(object, "/Parent") {
			p.findPages(number)
		}
	}
	if len(p.pages) == 0 {
		t.Fatalf("no page in a PDF of %d objects", len(p.objects))
	}
	return p
}

func (p *pdf) findPages(number int) {
	object := p.objects[number]
	if box := pdfBox.FindStringSubmatch(object); box != nil {
		p.sizes[box[1]] = true
	}
	kids := pdfKids.FindStringSubmatch(object)
	if kids == nil {
		p.pages = append(p.pages, number)
		return
	}
	for _, kid := range references(kids[1]) {
		p.findPages(kid)
	}
}

func references(text string) (numbers []int) {
	for _, found := range pdfRef.FindAllStringSubmatch(text, -1) {
		number, _ := strconv.Atoi(found[1])
		numbers = append(numbers, number)
	}
	return numbers
}

// paperPart is a part of a tagged document with the sheets it stands on, from 0.
type paperPart struct {
	tag    string
	sheets []int
	rows   int // of a table
}

// parts are all parts that show anything, in the order of the document.
func (p *pdf) parts() (parts []paperPart) {
	for number, object := range p.objects {
		if strings.Contains(object, "/Type /StructElem") && strings.Contains(object, "/S /Document") {
			p.visit(number, &parts)
		}
	}
	return parts
}

func (p *pdf) visit(number int, parts *[]paperPart) (sheets []int, rows int) {
	object := p.objects[number]
	at := -1
	if tag := pdfTag.FindStringSubmatch(object); tag != nil {
		at = len(*parts)
		*parts = append(*parts, paperPart{tag: tag[1]})
	}
	kids := pdfParts.FindStringSubmatch(object)
	if page := pdfPage.FindStringSubmatch(object); page != nil && kids != nil {
		number, _ := strconv.Atoi(page[1])
		sheets = append(sheets, slices.Index(p.pages, number))
	}
	if kids != nil {
		for _, kid := range references(kids[1]) {
			within, count := p.visit(kid, parts)
			sheets, rows = append(sheets, within...), rows+count
		}
	}
	slices.Sort(sheets)
	sheets = slices.Compact(sheets)
	if at >= 0 {
		part := &(*parts)[at]
		if part.sheets, part.rows = sheets, rows; part.tag == "TR" {
			rows = 1
		}
	}
	return sheets, rows
}
