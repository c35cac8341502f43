package storetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/job"
	"github.com/haochaping/haochaping/internal/notice"
)

func deliverAgain(t *testing.T, d *database) {
	m := newMailroom(t, d)
	id, secret := m.subscribe(t, "https://x.cn/in", plain)
	only := func() notice.Delivery {
		t.Helper()
		all, err := m.Deliveries(t.Context(), followup.Scope{}, notice.DeliveryQuery{SubscriptionIDs: []string{id}, Limit: 10})
		if err != nil || len(all) != 1 {
			t.Fatalf("got %v, %v, want one delivery", all, err)
		}
		return all[0]
	}
	m.fault = fault.NewUnavailable("对方答复 500", 0, nil)
	m.happen(t, "S0", followup.NewsOpened)
	m.work(t)
	if got := only(); got.State != notice.Waiting || got.Attempts != 1 || got.Fault != "对方答复 500" || got.Subject != "case.opened" {
		t.Errorf("got %+v", got)
	}
	if err := m.Repeat(t.Context(), followup.Scope{}, only().ID); fault.KindOf(err) != fault.Conflict {
		t.Errorf("repeat what waits: %v", err)
	}
	for _, pause := range job.Pauses {
		m.at = m.at.Add(pause - time.Microsecond)
		before := only().Attempts
		m.work(t)
		if after := only().Attempts; after != before {
			t.Errorf("tried before %v were over", pause)
		}
		m.at = m.at.Add(time.Microsecond)
		m.work(t)
		if after := only().Attempts; after != before+1 {
			t.Errorf("not tried after %v", pause)
		}
	}
	if got := only(); got.State != notice.Undelivered || got.Attempts != 7 || !got.EndedAt.Equal(m.at) {
		t.Errorf("at the end: %+v", got)
	}
	m.fault = nil
	if err := m.Repeat(t.Context(), followup.Scope{Region: "440100000000"}, only().ID); fault.KindOf(err) != fault.Missing {
		t.Errorf("repeat a foreign one: %v", err)
	}
	if err := m.Repeat(t.Context(), followup.Scope{}, only().ID); err != nil {
		t.Fatal(err)
	}
	m.work(t)
	if got := only(); got.State != notice.Delivered || got.Attempts != 8 || got.Fault != "" {
		t.Errorf("repeated: %+v", got)
	}
	if len(m.posted) != 1 {
		t.Fatalf("posted %d times", len(m.posted))
	}
	post := m.posted[0]
	var body struct {
		Type      string
		Timestamp time.Time
		Data      struct{ Serial, State, Due, Link string }
	}
	if err := json.Unmarshal(post.Body, &body); err != nil {
		t.Fatal(err)
	}
	if post.Secret != secret || post.ID != only().ID || !post.At.Equal(m.at) || body.Type != "case.opened" || !body.Timestamp.Equal(now) ||
		body.Data.Serial != "S0" || body.Data.State != "pending" || body.Data.Due != "2026-06-18T10:00:00+08:00" {
		t.Errorf("posted %+v: %s", post, post.Body)
	}

	m.fault = job.GiveUp(fault.NewConflict("该地址指向内部网络"))
	if err := m.Repeat(t.Context(), followup.Scope{}, only().ID); err != nil {
		t.Fatal(err)
	}
	m.work(t)
	if got := only(); got.State != notice.Undelivered || got.Fault != "该地址指向内部网络" {
		t.Errorf("hopeless: %+v", got)
	}
	other, _ := m.subscribe(t, "https://x.cn/other", plain)
	if err := m.Try(t.Context(), followup.Scope{}, other); err != nil {
		t.Fatal(err)
	}
	m.work(t)
	m.fault = nil
	if err := m.Repeat(t.Context(), followup.Scope{}, only().ID); err != nil {
		t.Fatal(err)
	}
	m.work(t)
	undelivered := notice.DeliveryQuery{States: []notice.DeliveryState{notice.Undelivered}, Limit: 10}
	if left, err := m.Deliveries(t.Context(), followup.Scope{}, undelivered); err != nil || len(left) != 1 || left[0].SubscriptionID != other {
		t.Errorf("undelivered are %+v, %v; want the one that nobody repeated", left, err)
	}
	if err := m.Try(t.Context(), followup.Scope{}, id); err != nil {
		t.Fatal(err)
	}
	m.posted = nil
	m.work(t)
	if len(m.posted) != 1 || !bytes.Contains(m.posted[0].Body, []byte(`"type":"test"`)) {
		t.Errorf("test message: %v", m.posted)
	}
}

func silentReceiver(t *testing.T, d *database) {
	m := newMailroom(t, d)
	id, _ := m.subscribe(t, "https://x.cn/silent", plain)
	m.subscribe(t, "https://x.cn/quick", plain)
	m.silent, m.waits = "https://x.cn/silent", 15*time.Second
	const many = 20
	for range many {
		m.happen(t, "S0", followup.NewsOpened)
	}
	began := m.at
	m.work(t)
	if len(m.posted) != many || m.dialed != 1 || m.at.Sub(began) != m.waits {
		t.Errorf("%d messages to the quick one, %d tries of the silent one, %v went by, want %d, 1, %v", len(m.posted), m.dialed, m.at.Sub(began), many, m.waits)
	}
	waiting := func() (n int) {
		t.Helper()
		all, err := m.Deliveries(t.Context(), followup.Scope{}, notice.DeliveryQuery{
			SubscriptionIDs: []string{id}, States: []notice.DeliveryState{notice.Waiting}, Limit: notice.MaxPage,
		})
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	if got := waiting(); got != many {
		t.Errorf("%d wait for the silent one, want all %d", got, many)
	}
	m.silent = "" // it is back
	m.at = m.at.Add(job.Pauses[0])
	m.work(t)
	if got := waiting(); got != 0 || len(m.posted) != 2*many {
		t.Errorf("%d wait for the one that is back, %d were sent in all, want 0 and %d", got, len(m.posted), 2*many)
	}

	m.silent, m.waits, m.dialed = "https://x.cn/silent", time.Millisecond, 0 // it refuses at once, which holds up nobody
	m.happen(t, "S0", followup.NewsOpened)
	m.happen(t, "S1", followup.NewsOpened)
	m.work(t)
	if m.dialed != 2 {
		t.Errorf("who refuses at once was tried %d times, want 2", m.dialed)
	}
}

func slowReceivers(t *testing.T, d *database) {
	m := newMailroom(t, d)
	const each = 12
	for _, name := range []string{"a", "b", "c", "d"} {
		m.subscribe(t, "https://x.cn/slow-"+name, plain)
	}
	m.subscribe(t, "https://x.cn/quick", plain)
	inside, most := 0, 0
	m.meanwhile = func(url string) {
		if !strings.Contains(url, "slow") {
			return
		}
		inside++
		most = max(most, inside)
		if inside < job.Workers { // the other workers have their jobs meanwhile
			for range 1000 {
				if did, err := m.runner.Step(t.Context()); err != nil || !did {
					break
				}
			}
		}
		m.at = m.at.Add(14 * time.Second)
		inside--
	}
	m.happen(t, "S0", followup.NewsOpened)
	m.work(t) // from now on they are known
	most, m.posted = 0, nil
	began := m.at
	for range each {
		m.happen(t, "S0", followup.NewsOpened)
	}
	m.work(t)
	if most > job.Workers-1 {
		t.Errorf("slow receivers held %d of %d workers", most, job.Workers)
	}
	quick := 0
	for _, p := range m.posted {
		if p.URL == "https://x.cn/quick" {
			quick++
		}
	}
	if quick != each {
		t.Errorf("the quick one got %d of %d", quick, each)
	}
	for range 1000 {
		if len(m.posted) == 5*each {
			break
		}
		m.at = m.at.Add(time.Second)
		m.work(t)
	}
	if took := m.at.Sub(began); len(m.posted) != 5*each || took > 2*4*each*14*time.Second {
		t.Errorf("%d of %d arrived within %v", len(m.posted), 5*each, took)
	}
	if retried := m.rows(t, "SELECT id FROM delivery WHERE state <> 1 OR attempts <> 1"); len(retried) != 0 {
		t.Errorf("%d deliveries did not arrive at the first attempt", len(retried))
	}
}

func staleDelivery(t *testing.T, d *database) {
	m := newMailroom(t, d)
	id, _ := m.subscribe(t, "https://x.cn/in", plain)
	m.fault = fault.NewUnavailable("对方没有在 15 秒内答复", 0, nil)
	m.meanwhile = func(string) { // the process hangs until its lease is over and another one has done the job
		m.meanwhile, m.fault = nil, nil
		m.at = m.at.Add(time.Hour)
		m.work(t)
	}
	m.happen(t, "S0", followup.NewsOpened)
	m.work(t)
	all, err := m.Deliveries(t.Context(), followup.Scope{}, notice.DeliveryQuery{SubscriptionIDs: []string{id}, Limit: 10})
	if err != nil || len(all) != 1 || all[0].State != notice.Delivered || all[0].Fault != "" {
		t.Errorf("got %+v, %v; want it delivered", all, err)
	}
	if len(m.posted) != 1 {
		t.Errorf("posted %d times", len(m.posted))
	}
}

func deliverAbandoned(t *testing.T, d *database) {
	m := newMailroom(t, d)
	id, _ := m.subscribe(t, "https://x.cn/in", plain)
	m.fault = fault.NewUnavailable("对方答复 500", 0, nil)
	m.happen(t, "S0", followup.NewsOpened)
	m.work(t)
	only := func() notice.Delivery {
		t.Helper()
		all, err := m.Deliveries(t.Context(), followup.Scope{}, notice.DeliveryQuery{SubscriptionIDs: []string{id}, Limit: 10})
		if err != nil || len(all) != 1 {
			t.Fatalf("got %v, %v, want one delivery", all, err)
		}
		return all[0]
	}
	if err := m.Repeat(t.Context(), followup.Scope{}, only().ID); fault.KindOf(err) != fault.Conflict {
		t.Errorf("repeat what is tried again by itself: %v", err)
	}
	// Its process dies at every attempt, the last one's, too.
	m.at = m.at.Add(job.Pauses[0])
	for range len(job.Pauses) {
		if claimed := m.claim(t, notice.DeliverJob); claimed == nil {
			t.Fatal("nothing is due")
		}
		m.at = m.at.Add(lease)
	}
	m.fault = nil
	m.work(t)
	if got := only(); got.State != notice.Undelivered || got.Fault == "" || !got.EndedAt.Equal(m.at) {
		t.Errorf("got %+v, want it undelivered, and why", got)
	}
	if err := m.Repeat(t.Context(), followup.Scope{}, only().ID); err != nil {
		t.Errorf("repeat what nobody will send any more: %v", err)
	}
	m.work(t)
	if got := only(); got.State != notice.Delivered {
		t.Errorf("repeated: %+v", got)
	}
}

func listDeliveries(t *testing.T, d *database) {
	m := newMailroom(t, d)
	city, _ := m.subscribe(t, "https://x.cn/city", func(n *notice.Subscription) { n.Scope.Region = "440100000000" })
	m.subscribe(t, "https://x.cn/all", plain)
	for n := range 5 {
		m.at = now.Add(time.Duration(n) * time.Hour)
		m.happen(t, "S0", followup.NewsOpened)
		m.work(t)
	}
	count := func(by followup.Scope, q notice.DeliveryQuery, limit int) (n int) {
		t.Helper()
		last := "~"
		for q.Limit = limit; ; {
			page, err := m.Deliveries(t.Context(), by, q)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				return n
			}
			for _, one := range page {
				if one.ID >= last {
					t.Fatalf("%s comes after %s", one.ID, last)
				}
				last = one.ID
				n++
			}
			q.Before = last
		}
	}
	for _, limit := range []int{1, 3, 100} {
		if n := count(followup.Scope{}, notice.DeliveryQuery{}, limit); n != 10 {
			t.Errorf("all, %d a page: %d", limit, n)
		}
		if n := count(followup.Scope{Region: "440100000000"}, notice.DeliveryQuery{}, limit); n != 5 {
			t.Errorf("the city's, %d a page: %d", limit, n)
		}
		if n := count(followup.Scope{Region: "440300000000"}, notice.DeliveryQuery{SubscriptionIDs: []string{city}}, limit); n != 0 {
			t.Errorf("the city's for another: %d", n)
		}
		if n := count(followup.Scope{}, notice.DeliveryQuery{States: []notice.DeliveryState{notice.Undelivered}}, limit); n != 0 {
			t.Errorf("undelivered: %d", n)
		}
	}
	if _, err := d.FindDelivery(t.Context(), "none"); fault.KindOf(err) != fault.Missing {
		t.Errorf("find none: %v", err)
	}
	if deleted, err := d.SweepNotices(t.Context(), now.Add(2*time.Hour), 100); err != nil || deleted != 4 {
		t.Errorf("swept %d, %v; want the 4 of the first two hours", deleted, err)
	}
	for n, at := range []time.Time{now, now.Add(3 * time.Hour)} {
		d.exec(t, "INSERT INTO notice (job_id, recipient, event, serial, at, content, delivery_id) VALUES ($1, 'r', '', '', $2, '', '')", fmt.Sprint(n), at.UnixMicro())
	}
	if deleted, err := d.SweepNotices(t.Context(), now.Add(2*time.Hour), 100); err != nil || deleted != 1 || d.count(t, "notice") != 1 {
		t.Errorf("swept %d, %v; want the notice of the first two hours", deleted, err)
	}
	m.at = now.Add(180*24*time.Hour + 4*time.Hour)
	if err := m.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := d.count(t, "delivery"); n != 2 {
		t.Errorf("%d deliveries are left, want the last two", n)
	}
}
