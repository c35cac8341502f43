package citizen

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"
)

func TestABucketRefills(t *testing.T) {
	now := time.Now()
	l := newLimits(func() time.Time { return now })
	const most = 5
	spend := func(name string) (taken int) {
		for l.allow(name, 0.5, most) {
			taken++
		}
		return taken
	}
	if got := spend("a"); got != most {
		t.Errorf("at first: %d, want %d", got, most)
	}
	if got := spend("b"); got != most {
		t.Errorf("somebody else: %d, want %d", got, most)
	}
	now = now.Add(4 * time.Second)
	if got := spend("a"); got != 2 {
		t.Errorf("after 4 s: %d, want 2", got)
	}
	now = now.Add(time.Hour)
	if got := spend("a"); got != most {
		t.Errorf("after an hour: %d, want %d", got, most)
	}
}

// A bucket that is empty is not forgotten while it is used, and memory is bounded all the same.
func TestLimitsForgetWhomNobodyHasSeen(t *testing.T) {
	now := time.Now()
	l := newLimits(func() time.Time { return now })
	l.allow("busy", 0, 1)
	for round := range 4 {
		now = now.Add(generation + time.Second)
		if l.allow("busy", 0, 1) {
			t.Fatalf("round %d: an empty bucket was forgotten", round)
		}
	}
	for n := range 3 * remembered {
		l.allow(fmt.Sprint(n), 1, 1)
	}
	if got := len(l.young) + len(l.old); got > 2*remembered {
		t.Errorf("%d callers are remembered, want at most %d", got, 2*remembered)
	}
}

// Whoever submits too often is told to wait; what he filled in is still there, and goes through later.
func TestAPersonSubmitsOnlySoOften(t *testing.T) {
	p := openPages(t)
	v, other := p.citizen(t), p.visitor(t)
	rate := func(v *visitor, n int) shown {
		return v.post("/ping/hallqr.html?msg="+msg("gzga01", fmt.Sprintf("S-%d", n)), url.Values{"stars": {"4"}, "remark": {"不错"}})
	}
	for n := range personMost {
		if s := rate(v, n); s.status != http.StatusSeeOther {
			t.Fatalf("review %d: status %d", n, s.status)
		}
	}
	s := rate(v, personMost)
	v.wants(s, http.StatusTooManyRequests, "提交得太频繁了", "请等一分钟", `value="4" id="s4" required checked`, ">不错</textarea>")
	if got := s.header.Get("Retry-After"); got != "60" {
		t.Errorf("Retry-After %q", got)
	}
	other.post(demoLoginPath, url.Values{"person": {"1"}, "to": {home}})
	if s := rate(other, personMost+1); s.status != http.StatusSeeOther {
		t.Errorf("somebody else at the same address: status %d", s.status)
	}
	p.wait(time.Minute)
	if s := rate(v, personMost); s.status != http.StatusSeeOther {
		t.Errorf("a minute later: status %d", s.status)
	}
}

// Nobody finds receipts by trying.
func TestReceiptsAreLookedUpOnlySoOften(t *testing.T) {
	p := openPages(t)
	v := p.visitor(t)
	for range looksMost {
		if s := v.get("/ping/r/7K3M9QXW2PFA"); s.status != http.StatusNotFound {
			t.Fatalf("status %d", s.status)
		}
	}
	v.wants(v.get("/ping/r/7K3M9QXW2PFA"), http.StatusTooManyRequests, "操作太频繁了", "查询得太频繁了，请等一分钟再试。")
	p.wait(time.Minute)
	v.wants(v.get("/ping/r/7K3M9QXW2PFA"), http.StatusNotFound, "没有这个回执码对应的评价")
}

// A hall's people share one address: all who may submit there see their thanks, which a script asks for twice.
func TestWhoeverMaySubmitSeesHisThanks(t *testing.T) {
	p := openPages(t)
	var receipts []string
	for n := range addressMost {
		v := p.visitor(t)
		v.post(demoLoginPath, url.Values{"person": {newPerson}, "to": {home}})
		s := v.post("/ping/hallqr.html?msg="+msg("gzga01", fmt.Sprintf("H-%d", n)), url.Values{"stars": {"4"}})
		if s.status != http.StatusSeeOther {
			t.Fatalf("review %d: status %d", n, s.status)
		}
		receipts = append(receipts, s.location())
	}
	v := p.visitor(t)
	for n, receipt := range receipts {
		for range 2 {
			if s := v.get(receipt); s.status != http.StatusOK {
				t.Fatalf("the thanks of review %d: status %d", n, s.status)
			}
		}
	}
}

// Who has a whole network of IPv6 to himself is one caller, not as many as it has addresses; and a name is no longer than ours.
func TestANetworkIsOneCaller(t *testing.T) {
	n := 0
	p := openPages(t, func(needs *Needs) {
		needs.Address = func(*http.Request) string { n++; return fmt.Sprintf("2001:db8:1:2::%x", n) }
	})
	v := p.visitor(t)
	for range looksMost {
		v.get("/ping/r/7K3M9QXW2PFA")
	}
	v.wants(v.get("/ping/r/7K3M9QXW2PFA"), http.StatusTooManyRequests)
}

// A tablet submits only so often; another one beside it, at the same address, is not held up by it.
func TestATabletSubmitsOnlySoOften(t *testing.T) {
	p := openPages(t)
	rate := func(v *visitor, n int) shown {
		return v.post("/ping/pb/hallqr.html?msg="+msg("gzga01", fmt.Sprintf("T-%d", n)), url.Values{"stars": {"5"}})
	}
	v, other := p.visitor(t), p.visitor(t)
	for _, tablet := range []*visitor{v, other} {
		tablet.wants(tablet.get("/ping/pb/hallqr.html?msg="+msg("gzga01", "T-0")), http.StatusOK)
	}
	for n := range deviceMost {
		if s := rate(v, n); s.status != http.StatusSeeOther {
			t.Fatalf("review %d: status %d", n, s.status)
		}
	}
	if s := rate(v, deviceMost); s.status != http.StatusTooManyRequests {
		t.Errorf("one too many: status %d", s.status)
	}
	if s := rate(other, deviceMost+1); s.status != http.StatusSeeOther {
		t.Errorf("another tablet: status %d", s.status)
	}
}
