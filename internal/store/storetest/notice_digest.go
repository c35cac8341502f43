package storetest

import (
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/job"
	"github.com/haochaping/haochaping/internal/notice"
)

func digestFlood(t *testing.T, d *database) {
	m := newMailroom(t, d)
	m.subscribe(t, "a@x.cn", plain)
	m.happen(t, "S0", followup.NewsOpened)
	m.work(t)
	if got := m.told(); got != "a@x.cn 新工单 1 件" {
		t.Fatalf("at first: %s", got)
	}
	for n := range 40 {
		m.at = now.Add(time.Duration(n) * time.Second)
		m.happen(t, "S0", followup.NewsOpened)
		if n < 3 {
			m.happen(t, "S1", followup.NewsDueSoon)
		}
		m.work(t)
	}
	m.at = now.Add(15*time.Minute - time.Microsecond)
	m.work(t)
	if got := m.told(); got != "" {
		t.Errorf("too early: %s", got)
	}
	m.at = now.Add(15 * time.Minute)
	m.work(t)
	if len(m.sent) != 1 {
		t.Fatalf("%d mails", len(m.sent))
	}
	letter := m.sent[0]
	for _, want := range []string{
		"【新工单】40 件", "【即将到期】3 件", "其余 10 件", "· S0，单位D0，待核实，请于 2026年6月18日 10:00 前办理\n  https://h.example.gov.cn/console/cases/S0\n",
	} {
		if !strings.Contains(letter.Body, want) {
			t.Errorf("%q is not in the mail:\n%s", want, letter.Body)
		}
	}
	if letter.Subject != "【好差评】新工单 40 件、即将到期 3 件" {
		t.Errorf("subject is %s", letter.Subject)
	}
	m.told()
	m.at = now.Add(24 * time.Hour)
	m.work(t)
	if got := m.told(); got != "" {
		t.Errorf("told again: %s", got)
	}
	if n := d.count(t, "notice WHERE delivery_id = ''"); n != 0 {
		t.Errorf("%d notices still wait", n)
	}
}

func oneMailbox(t *testing.T, d *database) {
	m := newMailroom(t, d)
	m.subscribe(t, "a@x.cn", func(n *notice.Subscription) { n.Every, n.Scope.Region = time.Hour, "440100000000" })
	m.subscribe(t, "a@x.cn", func(n *notice.Subscription) { n.Every = 20 * time.Minute })
	m.happen(t, "S0", followup.NewsOpened) // concerns both
	m.work(t)
	if got := m.told(); got != "a@x.cn 新工单 1 件" {
		t.Errorf("got %s", got)
	}
	m.happen(t, "S2", followup.NewsOpened)
	m.work(t)
	m.enqueue(t, job.Job{Kind: notice.DigestJob, Key: m.mailbox(t)}) // by a process that knew no better
	m.at = now.Add(19 * time.Minute)
	m.work(t)
	if got := m.told(); got != "" {
		t.Errorf("too early: %s", got)
	}
	m.at = now.Add(20 * time.Minute)
	m.work(t)
	if got := m.told(); got != "a@x.cn 新工单 1 件" {
		t.Errorf("after the shorter pause: got %s", got)
	}
}

func digestAtOnce(t *testing.T, d *database) {
	m := newMailroom(t, d)
	id, _ := m.subscribe(t, "a@x.cn", plain)
	m.happen(t, "S0", followup.NewsOpened)
	if err := m.Handlers()[0].Do(t.Context(), m.claim(t, followup.JobKind)); err != nil {
		t.Fatal(err)
	}
	recipient := m.mailbox(t)
	told, total, err := d.WaitingNotices(t.Context(), recipient, 10)
	if err != nil || total != 1 || len(told) != 1 {
		t.Fatalf("got %v, %d, %v", told, total, err)
	}
	digest := func(name string) error {
		return d.KeepDigest(t.Context(), notice.Digest{
			Recipient: recipient, Told: told, At: now, Delivery: notice.Delivery{ID: name, SubscriptionID: id, Channel: notice.Mail, CreatedAt: now},
		})
	}
	if err := digest("one"); err != nil {
		t.Fatal(err)
	}
	if err := digest("two"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a second digest of the same: %v", err)
	}
	// Another process told something else meanwhile: the pause begins anew.
	m.happen(t, "S1", followup.NewsOpened)
	if err := m.Handlers()[0].Do(t.Context(), m.claim(t, followup.JobKind)); err != nil {
		t.Fatal(err)
	}
	if told, _, err = d.WaitingNotices(t.Context(), recipient, 10); err != nil || len(told) != 1 {
		t.Fatalf("got %v, %v", told, err)
	}
	if err := digest("later"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a digest by who did not know of the last one: %v", err)
	}
	told[0].JobID = "taken"
	d.exec(t, "UPDATE subscription SET told_at = 0")
	if err := digest("three"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a second digest of the same notices: %v", err)
	}
	if n := d.count(t, "delivery"); n != 1 {
		t.Errorf("%d deliveries", n)
	}
}

// mailbox is the recipient of the first subscription.
func (m *mailroom) mailbox(t fataler) string {
	t.Helper()
	all, err := m.Needs.Store.Subscriptions(t.Context())
	if err != nil || len(all) == 0 {
		t.Fatalf("got %v, %v", all, err)
	}
	return all[0].Recipient
}
