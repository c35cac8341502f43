package console

import (
	"bytes"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// piece is a part of a page: a tag as it was read, or what stands between tags.
type piece struct {
	raw   []byte
	token html.Token
}

func (p *piece) opens(name string) bool {
	return (p.token.Type == html.StartTagToken || p.token.Type == html.SelfClosingTagToken) && p.token.Data == name
}

func (p *piece) closes(name string) bool {
	return p.token.Type == html.EndTagToken && p.token.Data == name
}

func (p *piece) get(name string) string {
	for _, a := range p.token.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// set gives a tag an attribute, or takes it.
func (p *piece) set(name, value string, there bool) {
	p.token.Attr = slices.DeleteFunc(p.token.Attr, func(a html.Attribute) bool { return a.Key == name })
	if there {
		p.token.Attr = append(p.token.Attr, html.Attribute{Key: name, Val: value})
	}
	p.raw = []byte(p.token.String())
}

// refill puts what was typed into a page's form that is sent to an address. What a form carries hidden stays as it was sent, so that
// a person who saw an older version learns that it is another one now. False where the page has no such form.
func refill(page []byte, address string, fields url.Values) ([]byte, bool) {
	var pieces []piece
	for z := html.NewTokenizer(bytes.NewReader(page)); z.Next() != html.ErrorToken; {
		raw := bytes.Clone(z.Raw()) // Token reads on in it
		pieces = append(pieces, piece{raw, z.Token()})
	}
	from, to := formOf(pieces, address, fields)
	if from < 0 {
		return nil, false
	}
	for i := from - 1; i > 0 && !pieces[i].closes("details") && !pieces[i].opens("main"); i-- {
		if pieces[i].opens("details") { // it was folded up
			pieces[i].set("open", "", true)
			break
		}
	}
	fill(pieces[from:to], fields)
	var filled bytes.Buffer
	for i := range pieces {
		filled.Write(pieces[i].raw)
	}
	return filled.Bytes(), true
}

// formOf is where a form begins and ends among the pieces of a page, of several the one that carries hidden what was sent; -1 where
// there is none.
func formOf(pieces []piece, address string, fields url.Values) (from, to int) {
	from, to = -1, -1
	at, same := -1, false // of the form that is open
	for i := range pieces {
		switch p := &pieces[i]; {
		case p.opens("form"):
			if at, same = -1, true; p.get("action") == address && strings.EqualFold(p.get("method"), "post") {
				at = i
			}
		case p.opens("input") && p.get("type") == "hidden":
			same = same && slices.Contains(fields[p.get("name")], p.get("value"))
		case p.closes("form") && at >= 0 && (same || from < 0):
			if from, to = at, i; same {
				return from, to
			}
		}
	}
	return from, to
}

// fill sets the fields of a form.
func fill(form []piece, fields url.Values) {
	var name string // of the select or area that is open
	area := false
	for i := range form {
		p := &form[i]
		values := fields[p.get("name")]
		switch {
		case p.opens("input"):
			p.fillInput(values)
		case p.opens("textarea"):
			area = true
			p.raw = append(p.raw, "\n"+html.EscapeString(strings.Join(values, "\n"))...)
		case p.closes("textarea"):
			area = false
		case area:
			p.raw = nil
		case p.opens("select"):
			name = p.get("name")
		case p.opens("option"):
			p.set("selected", "", slices.Contains(fields[name], p.get("value")))
		}
	}
}

func (p *piece) fillInput(values []string) {
	switch p.get("type") {
	case "file", "password":
	case "checkbox", "radio":
		p.set("checked", "", slices.Contains(values, p.get("value")))
	default:
		if len(values) > 0 {
			p.set("value", values[0], true)
		}
	}
}
