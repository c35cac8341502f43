package ebus

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	completed "github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/review"
)

// maxTags is how many tags one review may have (contract.md 4).
const maxTags = 20

// decoding reads one message by its table of fields and collects every fault on the way.
type decoding struct {
	reader
	plainly    bool // by a reader that leaves to another one what it is not sure of
	into       *review.Review
	violations []fault.Violation
	plain      plain
	whole      whole
	tagged     review.Review // one element of tagList
}

var decodings = sync.Pool{New: func() any { return &decoding{} }}

// decode reads body, one JSON object, by a table of fields. It gives every violation. What is no proper JSON gives that
// one fault alone. What is plain and faultless is read once and quickly, all else by a reader of all of JSON.
func decode(body []byte, fields []field, into *review.Review) []fault.Violation {
	if fault := checkText(body); fault != nil {
		return fault
	}
	d := decodings.Get().(*decoding)
	defer decodings.Put(d)
	text := string(body)
	if bytes.IndexByte(body, '\\') < 0 {
		d.plain = plain{text: text}
		if violations, err := d.read(&d.plain, fields, into); err == nil && len(violations) == 0 {
			return nil
		}
	}
	d.whole.reset(body, text)
	violations, err := d.read(&d.whole, fields, into)
	if err != nil {
		*into = review.Review{} // what is no proper JSON has told nothing
		return syntaxFault(err)
	}
	return violations
}

// read reads a message from its beginning to its end.
func (d *decoding) read(from reader, fields []field, into *review.Review) ([]fault.Violation, error) {
	*into = review.Review{}
	d.reader, d.plainly, d.into, d.violations = from, from == &d.plain, into, nil
	if d.kind() != '{' {
		if err := d.open(); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		return bodyFault("应为一个 JSON 对象"), nil
	}
	if err := d.object(fields); err != nil {
		return nil, err
	}
	return d.violations, d.end()
}

func checkText(body []byte) []fault.Violation {
	switch {
	case bytes.HasPrefix(body, []byte("\x1f\x8b")): // gzip (RFC 1952)
		return bodyFault("不能压缩，请发送原文")
	case !utf8.Valid(body):
		return bodyFault("应为 UTF-8 编码")
	case bytes.HasPrefix(body, []byte("\ufeff")): // nobody sees it
		return bodyFault("开头有字节顺序标记（BOM），请去掉")
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
	var deep *deepError
	switch {
	case errors.As(err, &deep):
		return []fault.Violation{{Field: pathOf(deep.at), Reason: fmt.Sprintf("层数太多，整个请求最多 %d 层", maxDepth)}}
	case errors.Is(err, errMore):
		return bodyFault("应只有一个 JSON 对象，其后不能有别的内容")
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
	if err := d.open(); err != nil {
		return err
	}
	var seen uint32
	next := 0 // most callers send fields in the order of the specification
	for {
		more, err := d.more('}')
		if err != nil {
			return err
		}
		if !more {
			break
		}
		name, err := d.name()
		if err != nil {
			return err
		}
		index := find(fields, name, next)
		if d.plainly && (index < 0 || seen&(1<<index) != 0) {
			return errUnusual
		}
		if index < 0 {
			if err := d.skip(); err != nil {
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
	for i := range fields {
		if fields[i].required && seen&(1<<i) == 0 {
			d.fail(fields[i].path, reasonMissing)
		}
	}
	return nil
}

// find gives the field of a name, which is likely the next one; unknown names give -1.
func find(fields []field, name string, next int) int {
	if next < len(fields) && fields[next].name == name {
		return next
	}
	return slices.IndexFunc(fields, func(f field) bool { return f.name == name })
}

func (d *decoding) value(f *field) error {
	switch kind := d.kind(); {
	case kind == 'n':
		if f.required {
			d.fail(f.path, reasonMissing)
		}
		return d.skip()
	case f.fields != nil && kind == '{':
		return d.object(f.fields)
	case f.tags && kind == '[':
		return d.tags(f)
	case (f.text != nil || f.moment != nil) && kind == '"':
		s, err := d.string()
		if err != nil {
			return err
		}
		d.setText(f, strings.TrimSpace(s))
		return nil
	case f.integer != nil && kind == '0':
		number, err := d.number()
		if err != nil {
			return err
		}
		d.setInteger(f, number)
		return nil
	default:
		d.fail(f.path, f.typeReason())
		return d.skip()
	}
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
		if len(s) > f.max { // in bytes, of which there are at least as many
			if n := utf8.RuneCountInString(s); n > f.max {
				d.fail(f.path, fmt.Sprintf("最多 %d 个字符，现有 %d 个", f.max, n))
				return
			}
		}
		if f.code && completed.HasControl(s) {
			d.fail(f.path, "不能有控制字符")
			return
		}
		*f.text(d.into) = s
	}
}

// setInteger takes a JSON number without fraction or exponent.
func (d *decoding) setInteger(f *field, number string) {
	n, digits := 0, strings.TrimPrefix(number, "-")
	for _, c := range []byte(digits) {
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
	if err := d.open(); err != nil {
		return err
	}
	for count := 0; ; count++ {
		more, err := d.more(']')
		if err != nil {
			return err
		}
		if !more {
			if count > maxTags {
				d.fail(f.path, fmt.Sprintf("最多 %d 个标签，现有 %d 个", maxTags, count))
			}
			return nil
		}
		d.tagged.Subject = ""
		switch {
		case count >= maxTags:
			if err := d.skip(); err != nil {
				return err
			}
			continue
		case d.kind() != '{':
			d.fail(fmt.Sprintf("%s[%d]", f.path, count), "应为对象")
			err = d.skip()
		default:
			err = d.tag(f, count)
		}
		if err != nil {
			return err
		}
		d.into.Tags = append(d.into.Tags, d.tagged.Subject)
	}
}

func (d *decoding) tag(f *field, index int) error {
	into, before := d.into, len(d.violations)
	d.into = &d.tagged
	err := d.object(tagFields)
	d.into = into
	for i := range d.violations[before:] {
		v := &d.violations[before+i]
		v.Field = fmt.Sprintf("%s[%d].%s", f.path, index, v.Field)
	}
	return err
}
