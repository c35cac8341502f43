package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/notice"
)

func keepSubscription(t *testing.T, d *database) {
	m := newMailroom(t, d)
	ctx := audit.With(t.Context(), audit.Origin{Actor: "zhang"})
	const target, hook = "office@example.gov.cn", "https://hooks.example.gov.cn/in?token=hidden"
	mail, none := m.subscribe(t, target, func(n *notice.Subscription) { n.Scope.Region = "440100000000" })
	webhook, secret := m.subscribe(t, hook, plain)
	if none != "" || !strings.HasPrefix(secret, "whsec_") {
		t.Errorf("secrets are %q and %q", none, secret)
	}
	for _, row := range d.rows(t, "SELECT * FROM subscription") {
		for name, value := range row {
			text := fmt.Sprint(value)
			if kept, isBytes := value.([]byte); isBytes {
				text = string(kept)
			}
			if strings.Contains(text, "office") || strings.Contains(text, "hooks") || strings.Contains(text, strings.TrimPrefix(secret, "whsec_")) {
				t.Errorf("%s holds %q in the clear", name, text)
			}
		}
	}
	all, err := m.List(ctx, followup.Scope{})
	if err != nil || len(all) != 2 || all[0].Every != 15*time.Minute || len(all[0].Events) != len(notice.Events()) {
		t.Fatalf("list: %+v, %v", all, err)
	}
	for _, one := range all {
		if want := map[string]string{mail: "of***@example.gov.cn", webhook: "https://hooks.example.gov.cn/…"}[one.ID]; one.Target != want {
			t.Errorf("listed as %s, want %s", one.Target, want)
		}
	}

	// Within a scope: what is wider or elsewhere is not there.
	city := followup.Scope{Region: "440100000000"}
	if some, err := m.List(ctx, city); err != nil || len(some) != 1 || some[0].ID != mail {
		t.Errorf("of the city: %v, %v", some, err)
	}
	if _, err := m.Find(ctx, city, webhook); fault.KindOf(err) != fault.Missing {
		t.Errorf("one that is wider: %v", err)
	}
	_, _, err = m.Create(ctx, city, notice.Subscription{Channel: notice.Mail, Name: "n", Target: "a@example.gov.cn", Events: notice.Events()})
	if fault.KindOf(err) != fault.Invalid {
		t.Errorf("a wider one made by the city: %v", err)
	}

	again := all[0].Subscription // its form was sent twice
	again.ID, again.Channel, again.Target = mail, notice.Mail, target
	if _, _, err := m.Create(ctx, followup.Scope{}, again); !errors.Is(err, notice.ErrKnown) {
		t.Errorf("the same one made again: %v", err)
	}

	changed := all[0].Subscription
	changed.ID, changed.Name, changed.Target, changed.Active, changed.Every = mail, "新名称", "", true, time.Hour
	changed.Scope, changed.Version = city, 1
	if err := m.Change(ctx, city, changed); err != nil {
		t.Fatal(err)
	}
	one, err := m.Find(ctx, city, mail)
	if err != nil || one.Name != "新名称" || one.Target != "of***@example.gov.cn" || one.Every != time.Hour || one.Version != 2 {
		t.Errorf("changed: %+v, %v", one, err)
	}
	if err := m.Change(ctx, city, changed); fault.KindOf(err) != fault.Conflict {
		t.Errorf("changed by who saw an older one: %v", err)
	}
	if renewed, err := m.Renew(ctx, followup.Scope{}, webhook, 1); err != nil || renewed == secret || !strings.HasPrefix(renewed, "whsec_") {
		t.Errorf("renewed %q, %v", renewed, err)
	}
	if err := m.Remove(ctx, city, mail, 1); fault.KindOf(err) != fault.Conflict {
		t.Errorf("removed by who saw an older one: %v", err)
	}
	if err := m.Remove(ctx, city, mail, 2); err != nil {
		t.Fatal(err)
	}
	links, err := d.SearchAudit(ctx, audit.Query{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	var actions []string
	for _, l := range links {
		actions = append(actions, l.Actor+" "+strings.TrimPrefix(l.Action, "subscription."))
		if text := l.Before + l.After; strings.Contains(text, "office") || strings.Contains(text, "hidden") {
			t.Errorf("the audit tells %s", text)
		}
	}
	if got := strings.Join(actions, ", "); got != "zhang remove, zhang change, zhang change, system create, system create" {
		t.Errorf("audited: %s", got)
	}
}
