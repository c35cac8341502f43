package citizen

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Contract 5: the first three parts and the last are cut off, what is left in the middle is the serial number.
func TestReadMessage(t *testing.T) {
	usual := message{"gzga01", "016", "440100000001", "GZ20261124", "11440100007482532C"}
	with := func(change func(m *message)) message {
		m := usual
		change(&m)
		return m
	}
	serial := func(text string) message { return with(func(m *message) { m.AffairSerialNo = text }) }
	for _, tt := range []struct {
		name, query string
		want        message // none: it can't be read
	}{
		{"as the specification draws it", "msg=gzga01-016-440100000001-GZ20261124-11440100007482532C", usual},
		{"beside other parameters", "from=wechat&msg=gzga01-016-440100000001-GZ20261124-11440100007482532C&k=0", usual},
		{"a serial number with hyphens", "msg=gzga01-016-440100000001-GZ-2026--1124-11440100007482532C", serial("GZ-2026--1124")},
		{"a serial number that begins and ends with one", "msg=gzga01-016-440100000001--GZ--11440100007482532C", serial("-GZ-")},
		{"a hyphen that is encoded is one of its part's own", "msg=gzga01-0%2D6-440100000001-GZ20261124-11440100007482532C", with(func(m *message) { m.WorkNo = "0-6" })},
		{"letters of any language, encoded", "msg=gzga01-%E7%94%B2016-440100000001-%E7%A9%97%26%3D%2F%3F-11440100007482532C", message{"gzga01", "甲016", "440100000001", "穗&=/?", "11440100007482532C"}},
		{"the same, as some scanners send them", "msg=gzga01-甲016-440100000001-穗-11440100007482532C", message{"gzga01", "甲016", "440100000001", "穗", "11440100007482532C"}},
		{"a plus is a plus", "msg=gzga01-016-440100000001-GZ+1-11440100007482532C", serial("GZ+1")},
		{"blanks inside", "msg=gzga01-016-440100000001-GZ%201-11440100007482532C", serial("GZ 1")},
		{
			"as long as may be, in characters",
			"msg=" + strings.Repeat("穗", 10) + "-" + strings.Repeat("穗", 10) + "-" + strings.Repeat("𠮷", 20) + "-" + strings.Repeat("穗", 50) + "-" + strings.Repeat("穗", 32),
			message{strings.Repeat("穗", 10), strings.Repeat("穗", 10), strings.Repeat("𠮷", 20), strings.Repeat("穗", 50), strings.Repeat("穗", 32)},
		},

		{"no message", "", message{}},
		{"another parameter", "message=a-b-c-d-e", message{}},
		{"an empty message", "msg=", message{}},
		{"cut", "msg=gzga01-016-440100000001-GZ20261124", message{}},
		{"a part that is empty", "msg=gzga01--440100000001-GZ20261124-11440100007482532C", message{}},
		{"the last part is empty", "msg=gzga01-016-440100000001-GZ20261124-", message{}},
		{"a serial number that is empty", "msg=gzga01-016-440100000001--11440100007482532C", message{}},
		{"one character too long", "msg=12345678901-016-440100000001-GZ20261124-11440100007482532C", message{}},
		{"a hall too long", "msg=gzga01-016-" + strings.Repeat("4", 21) + "-GZ20261124-11440100007482532C", message{}},
		{"a serial number too long", "msg=gzga01-016-440100000001-" + strings.Repeat("G", 51) + "-11440100007482532C", message{}},
		{"a code too long", "msg=gzga01-016-440100000001-GZ20261124-" + strings.Repeat("1", 33), message{}},
		{"far too long", "msg=" + strings.Repeat("a-", 100_000), message{}},
		{"half a percent code", "msg=gzga01-016-440100000001-GZ%2-11440100007482532C", message{}},
		{"no percent code", "msg=gzga01-016-440100000001-GZ%zz-11440100007482532C", message{}},
		{"not UTF-8", "msg=gzga01-016-440100000001-GZ%ff-11440100007482532C", message{}},
		{"a control character", "msg=gzga01-016-440100000001-GZ%00-11440100007482532C", message{}},
		{"a line break", "msg=gzga01-016-440100000001-GZ%0a1-11440100007482532C", message{}},
		{"a blank at an end", "msg=gzga01-016-440100000001-GZ%20-11440100007482532C", message{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := readMessage(tt.query)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("readMessage(%.80q): %s", tt.query, diff)
			}
			if unreadable := tt.want == (message{}); unreadable != errors.Is(err, errMessage) {
				t.Errorf("readMessage(%.80q): error %v", tt.query, err)
			}
		})
	}
}

// What we write ourselves we read again, whatever the parts hold.
func TestMessagesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := func(name string, most int) string {
			return rapid.StringN(1, most, -1).Filter(func(s string) bool { return acceptable(s, most) }).Draw(t, name)
		}
		want := message{part("app", 10), part("officer", 10), part("hall", 20), part("serial", 50), part("item", 32)}
		got, err := readMessage("a=b&msg=" + want.encode() + "&k=1")
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", want.encode(), err, diff)
		}
	})
}

func FuzzReadMessage(f *testing.F) {
	for _, seed := range []string{
		"msg=gzga01-016-440100000001-GZ-2026-1124-11440100007482532C", "msg=a-b-c-d-e", "msg=%2D-%2d---%2D-", "msg=&msg=a-b-c-d-e",
		"msg=%e7%a9%97-%ff-%-%zz-%00", "k=1&msg=a-b-c-d", "msg=a-b-c- -e",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		m, err := readMessage(query)
		if err != nil {
			if m != (message{}) {
				t.Errorf("a message that can't be read gives %+v", m)
			}
			return
		}
		for _, part := range []struct {
			text string
			most int
		}{{m.AppCode, 10}, {m.WorkNo, 10}, {m.HallCode, 20}, {m.AffairSerialNo, 50}, {m.AffairCode, 32}} {
			if part.text == "" || !utf8.ValidString(part.text) || utf8.RuneCountInString(part.text) > part.most {
				t.Errorf("%q gives the part %q of at most %d", query, part.text, part.most)
			}
		}
		again, err := readMessage("msg=" + m.encode())
		if err != nil || again != m {
			t.Errorf("%+v comes back as %+v, %v", m, again, err)
		}
	})
}
