package ebus

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/review"
)

// maxTags is how many tags one review may have (contract.md 4).
const maxTags = 20

// decoding reads one message by its table of fields and collects every fault on the way.
type decoding struct {
	json       *jsontext.Decoder
	source     bytes.Buffer
	text       string // the body; the review's texts are parts of it
	lenient    bool
	into       *review.Review
	violations []fault.Violation
	element    *tagging // of tagList, made when it is needed
}

// tagging reads one element of tagList.
type tagging struct {
	decoding
	tag review.Review
}

// lenient leaves out of reading what costs much and finds nothing in what most callers send: whether a name came before, where
// every name is of the tables and is looked up anyhow, and whether an escape is of a character, where nothing is escaped by its
// number. What is not faultless so is read again without.
var lenient = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

// errUnusual says that leniency might overlook something.
var errUnusual = errors.New("unusual")

var decodings = sync.Pool{New: func() any { return &decoding{json: jsontext.NewDecoder(&bytes.Buffer{})} }}

// decode reads body, one JSON object, by a table of fields. It gives every violation. What is no proper JSON gives that
// one fault alone.
func decode(body []byte, fields []field, into *review.Review) []fault.Violation {
	if fault := checkText(body); fault != nil {
		return fault
	}
	d := decodings.Get().(*decoding)
	defer decodings.Put(d)
	d.into, d.text = into, string(body)
	if !bytes.Contains(body, []byte(`\u`)) {
		if violations, err := d.read(body, fields, lenient...); err == nil && len(violations) == 0 {
			return nil
		}
	}
	violations, err := d.read(body, fields)
	if err != nil {
		*into = review.Review{} // what is no proper JSON has told nothing
		return syntaxFault(err)
	}
	return violations
}

// read reads body from its beginning.
func (d *decoding) read(body []byte, fields []field, options ...jsontext.Options) ([]fault.Violation, error) {
	*d.into, d.violations, d.lenient = review.Review{}, nil, options != nil
	d.source = *bytes.NewBuffer(body)
	d.json.Reset(&d.source, options...)
	if d.json.PeekKind() != '{' {
		if _, err := d.json.ReadToken(); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		return bodyFault("应为一个 JSON 对象"), nil
	}
	if err := d.object(fields); err != nil {
		return nil, err
	}
	if _, err := d.json.ReadToken(); !errors.Is(err, io.EOF) {
		*d.into = review.Review{}
		return bodyFault("应只有一个 JSON 对象，其后不能有别的内容"), nil
	}
	return d.violations, nil
}

func checkText(body []byte) []fault.Violation {
	if !utf8.Valid(body) {
		return bodyFault("应为 UTF-8 编码")
	}
	if hasEscapedNull(body) {
		return bodyFault("不能含有字符 U+0000")
	}
	return nil
}

// hasEscapedNull finds \u0000 that is not itself escaped: one after an even number of backslashes.
func hasEscapedNull(body []byte) bool {
	const null = `\u0000`
	for from := 0; ; {
		at := bytes.Index(body[from:], []byte(null))
		if at < 0 {
			return false
		}
		at += from
		backslashes := 0
		for at-backslashes > 0 && body[at-backslashes-1] == '\\' {
			backslashes++
		}
		if backslashes%2 == 0 {
			return true
		}
		from = at + len(null)
	}
}

func bodyFault(reason string) []fault.Violation {
	return []fault.Violation{{Field: "body", Reason: reason}}
}

func syntaxFault(err error) []fault.Violation {
	var syntax *jsontext.SyntacticError
	switch {
	case !errors.As(err, &syntax), errors.Is(err, io.ErrUnexpectedEOF):
		return bodyFault("不是完整的 JSON 对象")
	case errors.Is(err, jsontext.ErrDuplicateName):
		return []fault.Violation{{Field: pathOf(syntax.JSONPointer), Reason: "在同一对象中出现了两次"}}
	default:
		return bodyFault(fmt.Sprintf("不是合法的 JSON，错在第 %d 字节附近", syntax.ByteOffset))
	}
}

// maxPath is the most bytes of a path that names a fault.
const maxPath = 100

// pathOf writes a pointer as the path of a field: tagList[0].tagId. One that is empty or too long to help is the body's.
func pathOf(pointer jsontext.Pointer) string {
	var path strings.Builder
	for name := range pointer.Tokens() {
		if _, err := strconv.ParseUint(name, 10, 32); err == nil && path.Len() > 0 {
			path.WriteString("[" + name + "]")
			continue
		}
		if path.Len() > 0 {
			path.WriteByte('.')
		}
		path.WriteString(name)
	}
	if path.Len() == 0 || path.Len() > maxPath {
		return "body"
	}
	return path.String()
}

func (d *decoding) fail(path, reason string) {
	d.violations = append(d.violations, fault.Violation{Field: path, Reason: reason})
}

const reasonMissing = "不能为空"

// object reads an object whose opening brace is next.
func (d *decoding) object(fields []field) error {
	if _, err := d.json.ReadToken(); err != nil {
		return err
	}
	var seen uint32
	next := 0 // most callers send fields in the order of the specification
	for d.json.PeekKind() != '}' {
		name, err := d.json.ReadValue()
		if err != nil {
			return err
		}
		index := find(fields, name, next)
		if d.lenient && (index < 0 || seen&(1<<index) != 0) {
			return errUnusual
		}
		if index < 0 {
			if err := d.json.SkipValue(); err != nil {
				return err
			}
			continue
		}
		seen |= 1 << index
		next = index + 1
		if err := d.value(&fields[index]); err != nil {
			return err
		}
	}
	if _, err := d.json.ReadToken(); err != nil {
		return err
	}
	for i := range fields {
		if fields[i].required && seen&(1<<i) == 0 {
			d.fail(fields[i].path, reasonMissing)
		}
	}
	return nil
}

// find gives the field of a quoted name, which is likely the next one; unknown names give -1. No name of the tables needs
// escaping, and one that is escaped all the same is unquoted first.
func find(fields []field, quoted []byte, next int) int {
	name := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(name, '\\') >= 0 {
		unquoted, err := jsontext.AppendUnquote(nil, quoted)
		if err != nil {
			return -1
		}
		name = unquoted
	}
	if next < len(fields) && fields[next].name == string(name) {
		return next
	}
	for i := range fields {
		if fields[i].name == string(name) {
			return i
		}
	}
	return -1
}

func (d *decoding) value(f *field) error {
	kind := d.json.PeekKind()
	switch {
	case kind == 'n':
		if f.required {
			d.fail(f.path, reasonMissing)
		}
		return d.json.SkipValue()
	case f.fields != nil && kind == '{':
		return d.object(f.fields)
	case f.tags && kind == '[':
		return d.tags(f)
	case (f.text != nil || f.moment != nil) && kind == '"':
		s, err := d.string()
		if err != nil {
			return err
		}
		d.setText(f, s)
		return nil
	case f.integer != nil && kind == '0':
		number, err := d.json.ReadValue()
		if err != nil {
			return err
		}
		d.setInteger(f, number)
		return nil
	default:
		d.fail(f.path, f.typeReason())
		return d.json.SkipValue()
	}
}

// string reads a string, without white space at both ends.
func (d *decoding) string() (string, error) {
	quoted, err := d.json.ReadValue()
	if err != nil {
		return "", err
	}
	if bytes.IndexByte(quoted, '\\') < 0 {
		end := int(d.json.InputOffset()) - 1
		return strings.TrimSpace(d.text[end-len(quoted)+2 : end]), nil
	}
	unquoted, err := jsontext.AppendUnquote(nil, quoted)
	return string(bytes.TrimSpace(unquoted)), err
}

func (f *field) typeReason() string {
	switch {
	case f.fields != nil:
		return "应为对象"
	case f.tags:
		return "应为数组"
	case f.integer != nil:
		return f.meaning
	case f.moment != nil:
		return "应为 yyyyMMddHHmmss 格式的字符串"
	default:
		return "应为字符串"
	}
}

func (d *decoding) setText(f *field, s string) {
	switch {
	case s == "":
		if f.required {
			d.fail(f.path, reasonMissing)
		}
	case f.moment != nil:
		t, digits, real := beijing.Parse14(s)
		switch {
		case !digits:
			d.fail(f.path, "应为 yyyyMMddHHmmss 格式的 14 位数字")
		case !real:
			d.fail(f.path, "应为 1970 年以来真实的日期和时间")
		default:
			*f.moment(d.into) = t
		}
	default:
		if n := utf8.RuneCountInString(s); n > f.max {
			d.fail(f.path, fmt.Sprintf("最多 %d 个字符，现有 %d 个", f.max, n))
			return
		}
		*f.text(d.into) = s
	}
}

// setInteger takes a JSON number without fraction or exponent.
func (d *decoding) setInteger(f *field, number []byte) {
	n, digits := 0, number
	if digits[0] == '-' {
		digits = digits[1:]
	}
	for _, c := range digits {
		if c < '0' || c > '9' || n > f.most {
			d.fail(f.path, f.meaning)
			return
		}
		n = n*10 + int(c-'0')
	}
	if len(digits) < len(number) {
		n = -n
	}
	if n < f.min || n > f.most {
		d.fail(f.path, f.meaning)
		return
	}
	f.integer(d.into, n)
}

// tagFields is an element of tagList. The tag's id is read into Subject of a review that is used for nothing else.
var tagFields = table(text("tagId", required, 32, func(r *review.Review) *string { return &r.Subject }))

// tags reads [{"tagId": "..."}, ...] in order, with an empty id where one is not acceptable.
func (d *decoding) tags(f *field) error {
	if _, err := d.json.ReadToken(); err != nil {
		return err
	}
	count := 0
	for ; d.json.PeekKind() != ']'; count++ {
		id := ""
		var err error
		switch {
		case count >= maxTags:
			err = d.json.SkipValue()
		case d.json.PeekKind() != '{':
			d.fail(fmt.Sprintf("%s[%d]", f.path, count), "应为对象")
			err = d.json.SkipValue()
		default:
			id, err = d.tag(f, count)
		}
		if err != nil {
			return err
		}
		if count < maxTags {
			d.into.Tags = append(d.into.Tags, id)
		}
	}
	if count > maxTags {
		d.fail(f.path, fmt.Sprintf("最多 %d 个标签，现有 %d 个", maxTags, count))
	}
	_, err := d.json.ReadToken()
	return err
}

func (d *decoding) tag(f *field, index int) (id string, err error) {
	if d.element == nil {
		d.element = &tagging{}
	}
	element := d.element
	element.json, element.text, element.lenient, element.into, element.violations, element.tag.Subject = d.json, d.text, d.lenient, &element.tag, nil, ""
	err = element.object(tagFields)
	for _, v := range element.violations {
		d.fail(fmt.Sprintf("%s[%d].%s", f.path, index, v.Field), v.Reason)
	}
	return element.tag.Subject, err
}
