package ebus

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/haochaping/haochaping/internal/fault"
)

// affairColumn is a field of a completed affair as it is sent.
type affairColumn struct {
	name    string
	integer bool // a JSON number; every other field is a string
}

// sentAffair is one element of affairs: its fields as text, in the order of the columns, and those of a wrong type.
type sentAffair struct {
	cells  []string
	faults []fault.Violation
	none   bool // is no object
}

// wrong says whether the field, or the whole affair, has been told to be of a wrong type.
func (s *sentAffair) wrong(field string) bool {
	return s.none || slices.ContainsFunc(s.faults, func(v fault.Violation) bool { return v.Field == field })
}

// maxAppCode is the most characters of an appCode (3.4.2.4).
const maxAppCode = 10

// affairsForm is the request.
type affairsForm struct {
	appCode string
	affairs []sentAffair
}

// decodeAffairs reads {"appCode": "...", "affairs": [{...}, ...]}. Its violations are of the request as a whole; what is
// wrong with one affair stands there.
func decodeAffairs(body []byte, columns []affairColumn) (affairsForm, []fault.Violation) {
	if faults := checkText(body); faults != nil {
		return affairsForm{}, faults
	}
	json := jsontext.NewDecoder(bytes.NewBuffer(body))
	if json.PeekKind() != '{' {
		if _, err := json.ReadToken(); err != nil && !errors.Is(err, io.EOF) {
			return affairsForm{}, syntaxFault(err)
		}
		return affairsForm{}, bodyFault("应为一个 JSON 对象")
	}
	d := &affairsDecoding{json: json, columns: columns}
	if err := d.request(); err != nil {
		return affairsForm{}, syntaxFault(err)
	}
	if _, err := json.ReadToken(); !errors.Is(err, io.EOF) {
		return affairsForm{}, bodyFault("应只有一个 JSON 对象，其后不能有别的内容")
	}
	return d.form, d.violations
}

type affairsDecoding struct {
	json       *jsontext.Decoder
	columns    []affairColumn
	form       affairsForm
	violations []fault.Violation
}

func (d *affairsDecoding) fail(field, reason string) {
	d.violations = append(d.violations, fault.Violation{Field: field, Reason: reason})
}

func (d *affairsDecoding) request() error {
	list, wrong := false, false // whether there is a list, and whether appCode is of a wrong type
	err := d.object(func(name string) error {
		switch {
		case name == "appCode" && d.json.PeekKind() == '"':
			var err error
			d.form.appCode, err = d.text()
			return err
		case name == "appCode" && d.json.PeekKind() != 'n':
			wrong = true
			d.fail("appCode", "应为字符串")
		case name == "affairs" && d.json.PeekKind() == '[':
			list = true
			return d.list()
		case name == "affairs" && d.json.PeekKind() != 'n':
			list = true
			d.fail("affairs", "应为数组")
		}
		return skip(d.json)
	})
	switch {
	case d.form.appCode == "" && !wrong:
		d.fail("appCode", reasonMissing)
	case utf8.RuneCountInString(d.form.appCode) > maxAppCode:
		d.fail("appCode", fmt.Sprintf("最多 %d 个字符，现有 %d 个", maxAppCode, utf8.RuneCountInString(d.form.appCode)))
	}
	if !list {
		d.fail("affairs", reasonMissing)
	}
	return err
}

// list reads the affairs. Those beyond the most that one call may send are passed over.
func (d *affairsDecoding) list() error {
	if _, err := d.json.ReadToken(); err != nil {
		return err
	}
	count := 0
	for ; d.json.PeekKind() != ']'; count++ {
		if count >= maxAffairs {
			if err := skip(d.json); err != nil {
				return err
			}
			continue
		}
		one, err := d.affair(count)
		if err != nil {
			return err
		}
		d.form.affairs = append(d.form.affairs, one)
	}
	switch {
	case count == 0:
		d.fail("affairs", reasonMissing)
	case count > maxAffairs:
		d.fail("affairs", fmt.Sprintf("一次最多 %d 件，现有 %d 件", maxAffairs, count))
	}
	_, err := d.json.ReadToken()
	return err
}

func (d *affairsDecoding) affair(index int) (one sentAffair, err error) {
	one.cells = make([]string, len(d.columns))
	if d.json.PeekKind() != '{' {
		one.none, one.faults = true, []fault.Violation{{Field: fmt.Sprintf("affairs[%d]", index), Reason: "应为对象"}}
		return one, skip(d.json)
	}
	err = d.object(func(name string) error {
		for i, column := range d.columns {
			if column.name == name {
				return d.cell(&one, i)
			}
		}
		return skip(d.json)
	})
	return one, err
}

func (d *affairsDecoding) cell(one *sentAffair, i int) (err error) {
	column := d.columns[i]
	switch kind := d.json.PeekKind(); {
	case kind == 'n':
	case kind == '"' && !column.integer:
		one.cells[i], err = d.text()
		return err
	case kind == '0' && column.integer:
		number, err := d.json.ReadValue()
		one.cells[i] = string(number)
		return err
	default:
		reason := "应为字符串"
		if column.integer {
			reason = "应为整数"
		}
		one.faults = append(one.faults, fault.Violation{Field: column.name, Reason: reason})
		switch kind { // a person who corrects the list of what was rejected sees what was sent
		case '"':
			one.cells[i], err = d.text()
			return err
		case '0', 't', 'f':
			value, err := d.json.ReadValue()
			one.cells[i] = string(value)
			return err
		}
	}
	return skip(d.json)
}

// object reads an object whose opening brace is next, member by member.
func (d *affairsDecoding) object(member func(name string) error) error {
	if _, err := d.json.ReadToken(); err != nil {
		return err
	}
	for d.json.PeekKind() != '}' {
		name, err := d.text()
		if err != nil {
			return err
		}
		if err := member(name); err != nil {
			return err
		}
	}
	_, err := d.json.ReadToken()
	return err
}

// text reads a string, without white space at both ends.
func (d *affairsDecoding) text() (string, error) {
	quoted, err := d.json.ReadValue()
	if err != nil {
		return "", err
	}
	unquoted, err := jsontext.AppendUnquote(nil, quoted)
	return string(bytes.TrimSpace(unquoted)), err
}
