package ebus

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// reader reads JSON piece by piece, as the table of fields asks for it.
type reader interface {
	// kind is what comes next, without passing it: of no JSON it may be anything.
	kind() jsontext.Kind
	// open passes the beginning of an object or array.
	open() error
	// more says whether a member follows before the end, a bracket, and passes that when none does.
	more(end jsontext.Kind) (bool, error)
	// name reads the name of a member.
	name() (string, error)
	// string reads a string, number a number as it is written.
	string() (string, error)
	number() (string, error)
	skip() error
	// end finds what follows the last value.
	end() error
}

// errUnusual is what a plain reader says to JSON that it does not read, and to what is none.
var errUnusual = errors.New("unusual")

// plain reads JSON as most callers send it: no escapes, whole numbers, and nothing that the tables don't ask for. It refuses whatever
// it is not sure of.
type plain struct {
	text string
	at   int
	// apart says that a member came before, so that a comma must come before the next one.
	apart bool
}

func (p *plain) kind() jsontext.Kind {
	for ; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; c {
		case ' ', '\t', '\r', '\n':
		case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			return '0'
		default:
			return jsontext.Kind(c)
		}
	}
	return 0
}

// pass passes one character of punctuation.
func (p *plain) pass(c jsontext.Kind) error {
	if p.kind() != c {
		return errUnusual
	}
	p.at++
	return nil
}

func (p *plain) open() error {
	p.at++
	p.apart = false
	return nil
}

func (p *plain) more(end jsontext.Kind) (bool, error) {
	switch kind := p.kind(); {
	case kind == end:
		p.at++
		p.apart = true
		return false, nil
	case !p.apart:
		return true, nil
	case kind != ',':
		return false, errUnusual
	}
	p.at++
	return true, nil // a bracket is no name and no value
}

func (p *plain) name() (string, error) {
	name, err := p.string()
	if err != nil {
		return "", err
	}
	return name, p.pass(':')
}

func (p *plain) string() (string, error) {
	if err := p.pass('"'); err != nil {
		return "", err
	}
	rest := p.text[p.at:]
	for i := range len(rest) {
		switch c := rest[i]; {
		case c == '"':
			p.at += i + 1
			p.apart = true
			return rest[:i], nil
		case c < ' ' || c == '\\':
			return "", errUnusual
		}
	}
	return "", errUnusual
}

func (p *plain) number() (string, error) {
	start := p.at
	if p.text[p.at] == '-' {
		p.at++
	}
	digits := p.at
	for p.at < len(p.text) && '0' <= p.text[p.at] && p.text[p.at] <= '9' {
		p.at++
	}
	if p.at == digits || p.text[digits] == '0' && p.at > digits+1 || p.at == len(p.text) {
		return "", errUnusual
	}
	if c := p.text[p.at]; c == '.' || c == 'e' || c == 'E' {
		return "", errUnusual
	}
	p.apart = true
	return p.text[start:p.at], nil
}

// skip passes null, which a field that need not be there may have.
func (p *plain) skip() error {
	const null = "null"
	if !strings.HasPrefix(p.text[p.at:], null) {
		return errUnusual
	}
	p.at += len(null)
	p.apart = true
	return nil
}

func (p *plain) end() error {
	if p.kind() != 0 || p.at < len(p.text) {
		return errUnusual
	}
	return nil
}

// whole reads all of JSON, and finds every fault: names that come twice, escapes of no character.
type whole struct {
	json   *jsontext.Decoder
	source bytes.Buffer
	text   string // of which strings are parts, where nothing in them is escaped
}

func (w *whole) reset(body []byte, text string) {
	w.source, w.text = *bytes.NewBuffer(body), text
	if w.json == nil {
		w.json = jsontext.NewDecoder(&w.source)
	}
	w.json.Reset(&w.source)
}

func (w *whole) kind() jsontext.Kind { return w.json.PeekKind() }

func (w *whole) open() error {
	_, err := w.json.ReadToken()
	return err
}

func (w *whole) more(end jsontext.Kind) (bool, error) {
	if w.json.PeekKind() != end {
		return true, nil
	}
	_, err := w.json.ReadToken()
	return false, err
}

func (w *whole) name() (string, error) { return w.string() }

func (w *whole) string() (string, error) {
	quoted, err := w.json.ReadValue()
	if err != nil {
		return "", err
	}
	if bytes.IndexByte(quoted, '\\') < 0 {
		end := int(w.json.InputOffset()) - 1
		return w.text[end-len(quoted)+2 : end], nil
	}
	unquoted, err := jsontext.AppendUnquote(nil, quoted)
	return string(unquoted), err
}

func (w *whole) number() (string, error) {
	number, err := w.json.ReadValue()
	return string(number), err
}

func (w *whole) skip() error { return skip(w.json) }

func (w *whole) end() error {
	if _, err := w.json.ReadToken(); !errors.Is(err, io.EOF) {
		return errMore
	}
	return nil
}

// maxDepth is how many objects and arrays of a message may lie in one another; those of the specification have three.
const maxDepth = 32

// deepError says that more do, in the value at a place.
type deepError struct{ at jsontext.Pointer }

// Error implements error.
func (e *deepError) Error() string { return "nested too deep at " + string(e.at) }

// skip passes a value that nobody asks for.
func skip(json *jsontext.Decoder) error {
	if kind := json.PeekKind(); kind != '{' && kind != '[' {
		return json.SkipValue()
	}
	outside := json.StackDepth()
	for at := jsontext.Pointer(""); ; {
		if _, err := json.ReadToken(); err != nil {
			return err
		}
		if at == "" {
			at = json.StackPointer()
		}
		switch depth := json.StackDepth(); {
		case depth > maxDepth:
			return &deepError{at}
		case depth <= outside:
			return nil
		}
	}
}

// errMore says that something follows the message.
var errMore = errors.New("more than one value")
