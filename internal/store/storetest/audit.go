package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
)

var auditTests = []test{
	{"an empty audit chain is sound", emptyChain},
	{"the audit chain keeps who did what, in its order", keepChain},
	{"whatever is altered in the audit chain is found", alteredChain},
	{"a link that is missing, swapped or surplus is found", brokenChain},
	{"a tail that was cut off is found by the head, and by an anchor", cutChain},
	{"eight writers at once keep one audit chain", chainAtOnce},
	{"the audit chain is searched by every filter, page by page", searchChain},
	{"moments do not run back along the audit chain", backwardChain},
	{"a chain longer than a page is walked to its end", longChain},
}

// notes adds entries to the chain.
func (d *database) notes(t fataler, entries ...audit.Entry) {
	t.Helper()
	for _, e := range entries {
		if err := d.Note(t.Context(), e); err != nil {
			t.Fatalf("note: %v", err)
		}
	}
}

// verdict verifies the chain; "sound", or what is wrong and where.
func (d *database) verdict(t fataler, anchors ...audit.Anchor) string {
	t.Helper()
	report, err := audit.Verify(t.Context(), d.Store, anchors, nil)
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	if report.Sound() {
		return "sound"
	}
	return fmt.Sprint(report.Broken, " ", report.Number)
}

func (d *database) head(t fataler) audit.Anchor {
	t.Helper()
	head, _, err := d.AuditHead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return head
}

func emptyChain(t *testing.T, d *database) {
	d.migrated(t)
	if got := d.verdict(t, audit.Anchor{}); got != "sound" {
		t.Errorf("got %s", got)
	}
	if got := d.verdict(t, audit.Anchor{Hash: audit.Hash{1}}); got != "foreign 0" {
		t.Errorf("a made-up beginning: got %s", got)
	}
	if head := d.head(t); head != (audit.Anchor{}) {
		t.Errorf("head is %v", head)
	}
}

func keepChain(t *testing.T, d *database) {
	d.migrated(t)
	ctx := audit.With(t.Context(), audit.Origin{Actor: "zhang", Request: "r1", Address: "10.0.0.9"})
	for _, e := range []audit.Entry{
		{Action: "case.close", Object: "case:1", Before: "待回访", After: "已办结", Reason: "已整改"},
		{Action: "staff.lock", Object: "staff:li", Actor: "wang"},
		{Action: "odd", Object: "a\x00b\xff", Reason: strings.Repeat("长", 5000)},
	} {
		if err := d.Note(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
	d.notes(t, audit.Entry{Action: "round"})
	var got []audit.Link
	n, err := d.AuditLinks(t.Context(), 0, 10, func(l *audit.Link) error { got = append(got, *l); return nil })
	if err != nil || n != 4 || len(got) != 4 {
		t.Fatalf("got %d links, %v", n, err)
	}
	first := audit.Entry{
		At: now, Actor: "zhang", Action: "case.close", Object: "case:1", Before: "待回访", After: "已办结", Reason: "已整改",
		Request: "r1", Address: "10.0.0.9",
	}
	got[0].At = got[0].At.In(now.Location())
	if got[0].Entry != first || got[0].Number != 1 {
		t.Errorf("got %+v", got[0])
	}
	if got[1].Actor != "wang" || got[3].Actor != audit.System || got[3].Request != "" {
		t.Errorf("actors are %s and %s", got[1].Actor, got[3].Actor)
	}
	if got[2].Object != "a\ufffdb\ufffd" || len([]rune(got[2].Reason)) != 4000 || !strings.HasSuffix(got[2].Reason, "长…") {
		t.Errorf("what does not fit is kept as %q, %d characters", got[2].Object, len([]rune(got[2].Reason)))
	}
	if got := d.verdict(t); got != "sound" {
		t.Errorf("got %s", got)
	}
	stop := errors.New("stop")
	if _, err := d.AuditLinks(t.Context(), 1, 10, func(*audit.Link) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}

// some adds n plain entries.
func (d *database) some(t fataler, n int) {
	t.Helper()
	for i := range n {
		d.notes(t, audit.Entry{
			Actor: "zhang", Action: "case.note", Object: fmt.Sprint("case:", i), Before: "甲", After: "乙", Reason: "丙", Request: "丁", Address: "戊",
		})
	}
}

func alteredChain(t *testing.T, d *database) {
	d.migrated(t).some(t, 5)
	for _, change := range []string{
		"at = at + 1", "actor = 'li'", "action = 'case.notf'", "object = 'case:9'", "before = ''", "after = '丙'", "reason = '乙'",
		"request = '已'", "address = '已'", "before = '甲乙', after = ''", "before = after, after = before",
	} {
		d.exec(t, "CREATE TABLE kept AS SELECT * FROM audit WHERE number = 3")
		d.exec(t, "UPDATE audit SET "+change+" WHERE number = 3")
		if got := d.verdict(t); got != "altered 3" {
			t.Errorf("%s: got %s", change, got)
		}
		d.exec(t, "DELETE FROM audit WHERE number = 3")
		d.exec(t, "INSERT INTO audit SELECT * FROM kept")
		d.exec(t, "DROP TABLE kept")
		if got := d.verdict(t); got != "sound" {
			t.Fatalf("%s, put back: got %s", change, got)
		}
	}
	// Whoever alters a row and makes its hash anew breaks the next one.
	forged := audit.Anchor{Number: 2}
	if _, err := d.AuditLinks(t.Context(), 1, 1, func(l *audit.Link) error { forged = l.Anchor(); return nil }); err != nil {
		t.Fatal(err)
	}
	link := forged.Next(audit.Entry{At: now, Actor: "nobody"})
	d.exec(t, "DELETE FROM audit WHERE number = 3")
	d.exec(t, `INSERT INTO audit (number, at, actor, action, object, before, after, reason, request, address, hash)
		VALUES (3, $1, 'nobody', '', '', '', '', '', '', '', $2)`, now.UnixMicro(), link.Hash[:])
	if got := d.verdict(t); got != "altered 4" {
		t.Errorf("a forged row: got %s", got)
	}
}

func brokenChain(t *testing.T, d *database) {
	d.migrated(t).some(t, 6)
	d.exec(t, "UPDATE audit SET number = 100 WHERE number = 3")
	d.exec(t, "UPDATE audit SET number = 3 WHERE number = 4")
	d.exec(t, "UPDATE audit SET number = 4 WHERE number = 100")
	if got := d.verdict(t); got != "altered 3" {
		t.Errorf("swapped: got %s", got)
	}
	d.exec(t, "UPDATE audit SET number = 100 WHERE number = 3")
	d.exec(t, "UPDATE audit SET number = 3 WHERE number = 4")
	d.exec(t, "UPDATE audit SET number = 4 WHERE number = 100")
	if got := d.verdict(t); got != "sound" {
		t.Fatalf("swapped back: got %s", got)
	}
	d.exec(t, "INSERT INTO audit SELECT 9, at, actor, action, object, before, after, reason, request, address, hash FROM audit WHERE number = 6")
	if got := d.verdict(t); got != "surplus 7" {
		t.Errorf("one too many: got %s", got)
	}
	d.exec(t, "DELETE FROM audit WHERE number = 9")
	d.exec(t, "DELETE FROM audit WHERE number = 4")
	if got := d.verdict(t); got != "missing 4" {
		t.Errorf("one missing: got %s", got)
	}
	d.exec(t, "DELETE FROM audit WHERE number = 1")
	if got := d.verdict(t); got != "missing 1" {
		t.Errorf("the first one missing: got %s", got)
	}
}

func cutChain(t *testing.T, d *database) {
	d.migrated(t).some(t, 3)
	early := d.head(t)
	d.some(t, 3)
	late := d.head(t)
	if got := d.verdict(t, early, late); got != "sound" {
		t.Errorf("got %s", got)
	}
	d.exec(t, "DELETE FROM audit WHERE number >= 5")
	if got := d.verdict(t); got != "missing 5" {
		t.Errorf("cut: got %s", got)
	}
	// Who cuts the head, too, is found by whoever kept an anchor.
	d.exec(t, "UPDATE audit_head SET number = 4, hash = (SELECT hash FROM audit WHERE number = 4)")
	if got := d.verdict(t, early); got != "sound" {
		t.Errorf("before the cut: got %s", got)
	}
	if got := d.verdict(t, late); got != "foreign 6" {
		t.Errorf("cut with its head: got %s", got)
	}
	d.some(t, 3) // and goes on as if nothing had been
	if got := d.verdict(t, late); got != "foreign 6" {
		t.Errorf("cut and grown again: got %s", got)
	}
	d.exec(t, "UPDATE audit_head SET hash = (SELECT hash FROM audit WHERE number = 2)")
	if got := d.verdict(t); got != "headless 7" {
		t.Errorf("another head: got %s", got)
	}
}

func chainAtOnce(t *testing.T, d *database) {
	d.migrated(t)
	const writers, each = 8, 12
	var writing sync.WaitGroup
	for w := range writers {
		s := d.Store
		if w%2 == 1 {
			s, _ = d.process(t)
		}
		writing.Go(func() {
			for n := range each {
				if err := s.Note(t.Context(), audit.Entry{Actor: fmt.Sprint("writer", w), Action: "write", Object: fmt.Sprint(n)}); err != nil {
					t.Errorf("note: %v", err)
				}
			}
		})
	}
	writing.Wait()
	if got := d.verdict(t); got != "sound" {
		t.Errorf("got %s", got)
	}
	next := map[string]int{}
	n, err := d.AuditLinks(t.Context(), 0, 1000, func(l *audit.Link) error {
		if l.Object != fmt.Sprint(next[l.Actor]) {
			t.Errorf("%s wrote %s after %d", l.Actor, l.Object, next[l.Actor]-1)
		}
		next[l.Actor]++
		return nil
	})
	if err != nil || n != writers*each || len(next) != writers {
		t.Errorf("got %d links of %d writers, %v", n, len(next), err)
	}
}

func searchChain(t *testing.T, d *database) {
	d.migrated(t)
	at := now
	s, _ := d.processAt(t, func() time.Time { return at })
	for i := range 12 {
		at = now.Add(time.Duration(i/2) * time.Minute) // two at each moment
		err := s.Note(t.Context(), audit.Entry{
			Actor: []string{"zhang", "li"}[i%2], Action: []string{"a", "b", "c"}[i%3], Object: fmt.Sprint("case:", i/6),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		q    audit.Query
		want string
	}{
		{"all", audit.Query{}, "12 11 10 9 8 7 6 5 4 3 2 1"},
		{"an actor", audit.Query{Actor: "li"}, "12 10 8 6 4 2"},
		{"an action", audit.Query{Action: "b"}, "11 8 5 2"},
		{"an object", audit.Query{Object: "case:0"}, "6 5 4 3 2 1"},
		{"all three", audit.Query{Actor: "li", Action: "b", Object: "case:0"}, "2"},
		{"nobody", audit.Query{Actor: "lii"}, ""},
		{"a period", audit.Query{From: now.Add(time.Minute), To: now.Add(3 * time.Minute)}, "6 5 4 3"},
		{"an actor in a period", audit.Query{Actor: "zhang", From: now.Add(4 * time.Minute)}, "11 9"},
	} {
		for _, limit := range []int{1, 5, 12, 100} {
			c.q.Limit, c.q.Before = limit, nil
			var got []string
			for {
				links, err := d.SearchAudit(t.Context(), c.q)
				if err != nil {
					t.Fatal(err)
				}
				if len(links) == 0 || len(got) > 20 {
					break
				}
				if len(links) > limit {
					t.Errorf("%s: a page of %d, want %d at most", c.name, len(links), limit)
				}
				for i := range links {
					got = append(got, fmt.Sprint(links[i].Number))
				}
				c.q.Before = &audit.Position{At: links[len(links)-1].At, Number: links[len(links)-1].Number}
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%s, %d a page: got %v, want %s", c.name, limit, got, c.want)
			}
		}
	}
}

func backwardChain(t *testing.T, d *database) {
	d.migrated(t).some(t, 1)
	behind, _ := d.processAt(t, func() time.Time { return now.Add(-time.Hour) })
	if err := behind.Note(t.Context(), audit.Entry{Action: "late"}); err != nil {
		t.Fatal(err)
	}
	links, err := d.SearchAudit(t.Context(), audit.Query{Action: "late", Limit: 1})
	if err != nil || len(links) != 1 || !links[0].At.Equal(now) {
		t.Errorf("got %v, %v", links, err)
	}
	if got := d.verdict(t); got != "sound" {
		t.Errorf("got %s", got)
	}
}

func longChain(t *testing.T, d *database) {
	d.migrated(t)
	const length = 4100
	head := audit.Anchor{}
	insert := func(ctx context.Context) error {
		tx, err := d.raw.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		for range length {
			link := head.Next(audit.Entry{At: now, Actor: "zhang"})
			head = link.Anchor()
			_, err := tx.ExecContext(ctx, `INSERT INTO audit (number, at, actor, action, object, before, after, reason, request, address, hash)
				VALUES ($1, $2, 'zhang', '', '', '', '', '', '', '', $3)`, link.Number, now.UnixMicro(), link.Hash[:])
			if err != nil {
				return errors.Join(err, tx.Rollback())
			}
		}
		return tx.Commit()
	}
	if err := insert(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.exec(t, "UPDATE audit_head SET number = $1, hash = $2, at = $3", head.Number, head.Hash[:], now.UnixMicro())
	var reached []int64
	report, err := audit.Verify(t.Context(), d.Store, nil, func(number int64) { reached = append(reached, number) })
	if err != nil || !report.Sound() || report.Head != head {
		t.Errorf("got %+v, %v", report, err)
	}
	if fmt.Sprint(reached) != "[2000 4000 4100]" {
		t.Errorf("progress was %v", reached)
	}
	d.exec(t, "DELETE FROM audit WHERE number > 4000 AND number < 4050")
	if got := d.verdict(t); got != "missing 4001" {
		t.Errorf("got %s", got)
	}
}
