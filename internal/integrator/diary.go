package integrator

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/fault"
)

// Answer is how one call of an interface ended.
type Answer struct {
	// App is the caller's code; empty when nobody knows him. A caller whose signature is wrong may be somebody else.
	App string
	// Interface is the path behind /ping/ebus/, or "other".
	Interface string
	// Code is the envelope's (contract.md 2).
	Code int
	// Err is why it was refused; nil when it was not.
	Err error
}

// Refusal is what an app was told when a call of it was refused, alike ones as one. Nothing of what was sent is kept.
type Refusal struct {
	App, Interface string
	Code           int
	Kind           fault.Kind
	Field          string // what is wrong; empty when it is not one field
	Reason         string // Chinese
	Times          int64
	First, At      time.Time
}

// Count is how many calls of an app were answered with a code on a day.
type Count struct {
	App   string
	Day   int // yyyymmdd
	Code  int
	Times int64
}

// LastRefusals is how many different refusals of an app are kept.
const LastRefusals = 20

// CountedDays is how many days counts are kept.
const CountedDays = 8

// DiaryStore keeps what a diary noted.
type DiaryStore interface {
	// NoteAnswers adds refusals and counts in one transaction; of the refusals of an app the newest LastRefusals stay, of the
	// counts those of the days since.
	NoteAnswers(ctx context.Context, refusals []Refusal, counts []Count, since int) error
	// Refusals are those of an app, newest first.
	Refusals(ctx context.Context, app string) ([]Refusal, error)
	// Answers are the counts of all apps on a day, by app and code.
	Answers(ctx context.Context, day int) ([]Count, error)
}

// Diary notes how calls end: counts by code, and the last refusals of each app. It gathers in memory, at most LastRefusals for
// each app that is known, and writes now and then, so that a flood of errors costs no more than a trickle.
type Diary struct {
	store DiaryStore
	now   func() time.Time

	mu       sync.Mutex
	counts   map[Count]int64 // by a Count without Times
	refusals map[string]map[string]*Refusal
}

// NewDiary makes a diary.
func NewDiary(store DiaryStore, now func() time.Time) *Diary {
	return &Diary{store: store, now: now, counts: map[Count]int64{}, refusals: map[string]map[string]*Refusal{}}
}

// Note takes an answer in. App must be the code of an app that is known, or empty.
func (d *Diary) Note(a Answer) {
	now := d.now()
	count := Count{App: a.App, Day: beijing.Day(now), Code: a.Code}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.counts[count]++
	if a.Err != nil {
		r := refusalOf(a, now)
		d.add(&r)
	}
}

// add is called with the lock held.
func (d *Diary) add(r *Refusal) {
	of := d.refusals[r.App]
	if of == nil {
		of = map[string]*Refusal{}
		d.refusals[strings.Clone(r.App)] = of
	}
	if known := of[r.Sign()]; known != nil {
		known.Times += r.Times
		if r.At.After(known.At) {
			known.At, known.Reason = r.At, r.Reason
		}
		if r.First.Before(known.First) {
			known.First = r.First
		}
		return
	}
	of[r.Sign()] = r
	if len(of) > LastRefusals {
		oldest := ""
		for sign, one := range of {
			if oldest == "" || one.At.Before(of[oldest].At) {
				oldest = sign
			}
		}
		delete(of, oldest)
	}
}

// Flush writes what was gathered. What could not be written is gathered again; what may have been written is not, for answers are
// rather missed than counted twice.
func (d *Diary) Flush(ctx context.Context) error {
	d.mu.Lock()
	counted, refused := d.counts, d.refusals
	if len(counted) == 0 {
		d.mu.Unlock()
		return nil
	}
	d.counts, d.refusals = map[Count]int64{}, map[string]map[string]*Refusal{}
	d.mu.Unlock()
	var counts []Count
	for count, times := range counted {
		count.Times = times
		counts = append(counts, count)
	}
	var refusals []Refusal
	for _, of := range refused {
		for _, r := range of {
			refusals = append(refusals, *r)
		}
	}
	err := d.store.NoteAnswers(ctx, refusals, counts, beijing.AddDays(beijing.Day(d.now()), 1-CountedDays))
	if err == nil {
		return nil
	}
	err = fmt.Errorf("note answers of interfaces: %w", err)
	if fault.IsUndecided(err) {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for count, times := range counted {
		d.counts[count] += times
	}
	for i := range refusals {
		d.add(&refusals[i])
	}
	return err
}

// Run flushes every pause until ctx ends, and once more then; failed is told what goes wrong.
func (d *Diary) Run(ctx context.Context, pause time.Duration, failed func(error)) {
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTime)
		if err := d.Flush(last); err != nil {
			failed(err)
		}
		cancel()
	}
}

// flushTime is how long one writing may take.
const flushTime = 5 * time.Second

// Refusals are the last ones of an app, or of callers that nobody knows when it is empty; newest first. What this process
// noted in the last seconds may be missing.
func (d *Diary) Refusals(ctx context.Context, app string) ([]Refusal, error) {
	return d.store.Refusals(ctx, app)
}

// Today are the counts of the day by app and code.
func (d *Diary) Today(ctx context.Context) ([]Count, error) {
	return d.store.Answers(ctx, beijing.Day(d.now()))
}

// mostReason is the most characters that are kept of a reason.
const mostReason = 200

func refusalOf(a Answer, now time.Time) Refusal {
	r := Refusal{
		App: strings.Clone(a.App), Interface: strings.Clone(a.Interface), Code: a.Code,
		Reason: "系统内部错误", Times: 1, First: now, At: now,
	}
	var f *fault.Error
	if !errors.As(a.Err, &f) {
		return r // what it says is for the log
	}
	r.Kind, r.Reason = f.Kind, strings.TrimPrefix(f.Message, "验签失败：") // the code says so
	if len(f.Violations) > 0 {
		r.Field, r.Reason = harmlessField(f.Violations[0].Field), f.Violations[0].Reason
		if n := len(f.Violations); n > 1 {
			r.Reason += fmt.Sprintf("（同一请求共 %d 处错误）", n)
		}
	}
	r.Reason = harmless(r.Reason)
	return r
}

var fieldForm = regexp.MustCompile(`^[A-Za-z_]{1,40}(\[[0-9]{1,4}\])?(\.[A-Za-z_]{1,40}(\[[0-9]{1,4}\])?){0,5}$`)

// harmlessField is a field's path without a name that the caller made up.
func harmlessField(path string) string {
	if fieldForm.MatchString(path) {
		return path
	}
	return "body"
}

var longNumber = regexp.MustCompile(`[0-9]{6,}`)

// harmless is a text without long numbers, which may be somebody's.
func harmless(text string) string {
	text = longNumber.ReplaceAllString(text, "…")
	if letters := []rune(text); len(letters) > mostReason {
		text = string(letters[:mostReason-1]) + "…"
	}
	return text
}

// Sign is equal for refusals that are alike: all but the numbers in their words, as the times of a clock that is off, and the
// places in a list.
func (r *Refusal) Sign() string {
	bare := func(text string) string {
		return strings.Map(func(c rune) rune {
			if unicode.IsDigit(c) {
				return -1
			}
			return c
		}, text)
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{r.Interface, fmt.Sprint(r.Code), bare(r.Field), bare(r.Reason)}, "\x00")))
	return hex.EncodeToString(sum[:8])
}
