package integrator

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
)

// pages are a diary's store in memory, which can fail.
type pages struct {
	refusals []Refusal
	counts   []Count
	since    int
	writes   int
	err      error
}

func (p *pages) NoteAnswers(_ context.Context, refusals []Refusal, counts []Count, since int) error {
	p.writes++
	if p.err != nil {
		return p.err
	}
	p.refusals, p.counts, p.since = append(p.refusals, refusals...), append(p.counts, counts...), since
	return nil
}

func (p *pages) Refusals(context.Context, string) ([]Refusal, error) { return p.refusals, nil }

func (p *pages) Answers(context.Context, int) ([]Count, error) { return p.counts, nil }

var monday = time.Date(2026, 6, 15, 2, 0, 0, 0, time.UTC)

// diary is one whose clock goes on by a millisecond whenever it is asked.
func diary() (*Diary, *pages) {
	p, at := &pages{}, monday
	return NewDiary(p, func() time.Time {
		at = at.Add(time.Millisecond)
		return at
	}), p
}

func TestADiaryKeepsNothingOfWhatWasSent(t *testing.T) {
	d, p := diary()
	for _, err := range []error{
		fault.NewInvalid(fault.Violation{Field: "affair.张三 13800138000", Reason: "在同一对象中出现了两次"}),
		fault.NewInvalid(fault.Violation{Field: "tagList[0].tagId", Reason: "应为 440100199001011234 之一"}),
		fault.NewUntrusted("x-tif-paasid 未登记"),
		errors.New("dial tcp 10.0.0.5: password of haochaping"),
	} {
		d.Note(Answer{App: "a1", Interface: "affair/eval", Code: 2, Err: err})
	}
	if err := d.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	fields := map[string]string{}
	for _, r := range p.refusals {
		fields[r.Reason] = r.Field
		for _, secret := range []string{"张三", "1380013", "4401001990", "password", "10.0.0.5"} {
			if strings.Contains(r.Field+r.Reason, secret) {
				t.Errorf("%q is kept: %+v", secret, r)
			}
		}
		if r.Advice() == "" {
			t.Errorf("nobody says what to do: %+v", r)
		}
	}
	want := map[string]string{"在同一对象中出现了两次": "body", "应为 … 之一": "tagList[0].tagId", "x-tif-paasid 未登记": "", "系统内部错误": ""}
	if fmt.Sprint(fields) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", fields, want)
	}
}

// A flood of errors, however different, is written as a few rows, and costs no memory.
func TestAFloodIsWrittenAsFewRows(t *testing.T) {
	d, p := diary()
	for n := range 10_000 {
		d.Note(Answer{App: "a1", Interface: "affair/eval", Code: 3, Err: fault.NewUntrusted(fmt.Sprintf("时间戳为 %d，服务器时间为 %d", n, 2*n))})
		d.Note(Answer{App: "a1", Interface: "affair/eval", Code: 2, Err: fault.NewInvalid(fault.Violation{Field: "f" + strings.Repeat("x", n%39), Reason: "不能为空"})})
		if size := len(d.refusals["a1"]); size > LastRefusals {
			t.Fatalf("%d refusals are held", size)
		}
	}
	if p.writes != 0 {
		t.Errorf("it wrote %d times by itself", p.writes)
	}
	if err := d.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p.writes != 1 || len(p.refusals) > LastRefusals {
		t.Errorf("%d writes of %d refusals", p.writes, len(p.refusals))
	}
	counted := map[int]int64{}
	for _, c := range p.counts {
		counted[c.Code] += c.Times
	}
	if counted[2] != 10_000 || counted[3] != 10_000 {
		t.Errorf("counted %v", counted)
	}
	clocks := int64(0)
	for _, r := range p.refusals {
		if r.Kind == fault.Untrusted {
			clocks += r.Times
		}
	}
	if clocks != 10_000 {
		t.Errorf("clocks that were off: %d, want them as one with 10000", clocks)
	}
}

func TestWhatCouldNotBeWrittenIsWrittenLater(t *testing.T) {
	d, p := diary()
	if err := d.Flush(t.Context()); err != nil || p.writes != 0 {
		t.Errorf("nothing to write: %v after %d writes", err, p.writes)
	}
	note := func() {
		d.Note(Answer{App: "a1", Interface: "tags", Code: 3, Err: fault.NewUntrusted("x-tif-paasid 未登记")})
	}
	note()
	down := errors.New("no database")
	p.err = down
	if err := d.Flush(t.Context()); !errors.Is(err, down) {
		t.Fatalf("got %v", err)
	}
	note()
	p.err = nil
	if err := d.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(p.refusals) != 1 || p.refusals[0].Times != 2 || len(p.counts) != 1 || p.counts[0].Times != 2 || p.counts[0].Day != 20260615 {
		t.Errorf("got %+v, %+v", p.refusals, p.counts)
	}
	if p.since != 20260608 {
		t.Errorf("counts are kept since %d", p.since)
	}
}

func TestWhatMayHaveBeenWrittenIsNotWrittenAgain(t *testing.T) {
	d, p := diary()
	d.Note(Answer{App: "a1", Interface: "tags", Code: 3, Err: fault.NewUntrusted("x-tif-paasid 未登记")})
	p.err = fault.NewUndecided("数据库没有答复", time.Second, errors.New("unexpected EOF"))
	if err := d.Flush(t.Context()); !errors.Is(err, p.err) {
		t.Fatalf("got %v", err)
	}
	p.err = nil
	if err := d.Flush(t.Context()); err != nil || len(p.counts)+len(p.refusals) > 0 {
		t.Errorf("got %v, %+v, %+v", err, p.refusals, p.counts)
	}
}
