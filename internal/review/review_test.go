package review

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestBad(t *testing.T) {
	for stars := 1; stars <= 5; stars++ {
		if got, want := Bad(stars), stars == 1 || stars == 2; got != want {
			t.Errorf("%d stars are bad: %v, want %v (domain.md 2)", stars, got, want)
		}
	}
}

func TestPerson(t *testing.T) {
	for _, c := range []struct {
		name string
		in   Personal
		want string
	}{
		{"the user id", Personal{UserID: "u1", ContactPhone: "13800000000"}, "u1"},
		{"the telephone number where there is no user id", Personal{ContactPhone: "13800000000"}, "13800000000"},
		{"nobody on the tablet", Personal{UserName: "张三"}, ""},
	} {
		if got := c.in.Person(); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// What is sealed is what encoding/json would write, field by field, whatever stands in them.
func TestPersonalText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p Personal
		for _, field := range reflect.ValueOf(&p).Elem().Fields() {
			field.SetString(rapid.OneOf(rapid.Just(""), rapid.String(), rapid.StringN(0, 3, -1)).Draw(t, "value"))
		}
		text := p.appendJSON(nil)
		var got Personal
		if err := json.Unmarshal(text, &got); err != nil || got != p {
			t.Errorf("%s: %v, %v; want %v", text, got, err, p)
		}
		var sealed, usual map[string]string
		marshalled, err := json.Marshal(p)
		if err := errors.Join(err, json.Unmarshal(text, &sealed), json.Unmarshal(marshalled, &usual)); err != nil || !maps.Equal(sealed, usual) {
			t.Errorf("%v, %v; want %v", sealed, err, usual)
		}
	})
	if got := string((&Personal{Remark: "好\xff"}).appendJSON(nil)); got != "{\"r\":\"好\ufffd\"}" {
		t.Errorf("no UTF-8: %s", got)
	}
}

func TestFlags(t *testing.T) {
	none, early, middle, late := time.Time{}, time.Unix(1000, 0), time.Unix(2000, 0), time.Unix(3000, 0)
	for _, c := range []struct {
		name                 string
		applied, dealt, done time.Time
		want                 Flag
	}{
		{"in order", early, middle, late, 0},
		{"all at once", early, early, early, 0},
		{"none told", none, none, none, 0},
		{"only one told", none, middle, none, 0},
		{"the one between not told", early, none, late, 0},
		{"done before applied", middle, none, early, TimesOutOfOrder},
		{"done before dealt with", early, late, middle, TimesOutOfOrder},
		{"dealt with before applied", middle, early, late, TimesOutOfOrder},
		{"dealt with before applied, end not told", middle, early, none, TimesOutOfOrder},
		{"done before dealt with, begin not told", none, late, early, TimesOutOfOrder},
	} {
		facts := Facts{ApplyTime: c.applied, DealTime: c.dealt, DoneTime: c.done}
		if got := facts.Flags(); got != c.want {
			t.Errorf("%s: got %d, want %d (contract.md 4)", c.name, got, c.want)
		}
	}
}
