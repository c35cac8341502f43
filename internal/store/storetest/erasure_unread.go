package storetest

import (
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/erasure"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
)

func unopenedErasure(t *testing.T, d *database) {
	f := newForgetful(t, d)
	old := f.say(t, 3, review.Personal{UserID: "u1", ContactPhone: phone})
	f.months, f.at = 6, now.AddDate(0, 6, 1)
	process, _ := d.processAt(t, func() time.Time { return f.at })
	service := f.erasures(process)
	first, err := service.Ask(t.Context(), "sheng", erasure.Phone, phone, "本人申请第1号")
	done(t, err)
	wanted := d.rows(t, "SELECT wanted FROM erasure WHERE id = $1", first)[0]["wanted"]
	d.exec(t, "UPDATE erasure SET wanted = $1 WHERE id = $2", []byte("sealed with a key that is not there"), first)
	f.at = f.at.Add(time.Second)
	second, err := service.Ask(t.Context(), "sheng", erasure.Phone, "13900139000", "本人申请第2号")
	done(t, err)
	works := func() {
		t.Helper()
		for range 100 {
			going, err := service.Step(t.Context())
			done(t, err)
			if !going {
				return
			}
		}
		t.Fatal("it does not come to an end")
	}
	is := func(id string) erasure.Request {
		t.Helper()
		r, err := service.Get(t.Context(), id)
		done(t, err)
		return r
	}
	works()
	if r := is(second); !r.Ready() {
		t.Errorf("the other request is %+v, want it found", r)
	}
	if f.left(t, old.Serial) {
		t.Error("what is too old is not erased")
	}
	r := is(first)
	if r.State != erasure.Aside {
		t.Fatalf("the one that does not open is %+v, want it aside", r)
	}
	conflict(t, service.Confirm(t.Context(), first, r.Version), "变化")
	f.at = f.at.Add(erasure.Unconfirmed) // it does not expire: nobody has seen what it finds
	d.exec(t, "UPDATE erasure SET wanted = $1 WHERE id = $2", wanted, first)
	works()
	if r = is(first); !r.Ready() {
		t.Errorf("with its key again it is %+v, want it found", r)
	}
	d.exec(t, "UPDATE erasure SET wanted = $1, state = $2 WHERE id = $3", []byte("not sealed"), int(erasure.Searching), first)
	works()
	r = is(first)
	done(t, service.Drop(audit.With(t.Context(), audit.Origin{Actor: "sheng"}), first, r.Version))
	if r = is(first); r.State != erasure.Dropped || len(r.Wanted) != 0 {
		t.Errorf("dropped it is %+v", r)
	}
}

func erasureBehindOneOfAnother(t *testing.T, d *database) {
	f := newForgetful(t, d)
	f.say(t, 3, review.Personal{UserID: "u1", ContactPhone: phone})
	service := f.erasures(d.Store)
	first, err := service.Ask(t.Context(), "sheng", erasure.Phone, "13900000000", "本人申请第1号")
	done(t, err)
	d.exec(t, "UPDATE erasure SET wanted = $1 WHERE id = $2", []byte("not sealed"), first)
	going, err := service.Step(t.Context())
	if done(t, err); !going {
		t.Error("the first was not set aside")
	}
	done(t, d.SetErasureAside(t.Context(), first, false)) // by a process that has its key, and that dies
	f.at = f.at.Add(time.Second)
	second, err := service.Ask(t.Context(), "sheng", erasure.Phone, phone, "本人申请第2号")
	done(t, err)
	for range 20 {
		_, err = service.Step(t.Context())
		done(t, err)
	}
	r, err := service.Get(t.Context(), second)
	if err != nil || r.State != erasure.Found || r.Reviews != 1 {
		t.Errorf("the second is %+v, %v; want one review found", r, err)
	}
	if r, err = service.Get(t.Context(), first); err != nil || r.State != erasure.Searching {
		t.Errorf("the first is %+v, %v; want it left to who has its key", r, err)
	}
}

func erasureBesideOneWithoutKey(t *testing.T, d *database) {
	f := newForgetful(t, d)
	f.say(t, 3, review.Personal{UserID: "u1", ContactPhone: phone})
	service := f.erasures(d.Store)
	id, err := service.Ask(t.Context(), "sheng", erasure.Phone, phone, "本人申请第1号")
	done(t, err)
	f.sealer, err = privacy.NewSealer(privacy.NewKeys(), privacy.SM4)
	done(t, err)
	without := f.erasures(d.Store)
	var r erasure.Request
	for range 20 { // turn by turn, as both look at the same pace
		_, err = without.Step(t.Context())
		done(t, err)
		_, err = service.Step(t.Context())
		done(t, err)
		if r, err = service.Get(t.Context(), id); err != nil || r.Ready() {
			break
		}
	}
	if err != nil || r.State != erasure.Found || r.Reviews != 1 {
		t.Errorf("it is %+v, %v; want one review found", r, err)
	}
	if going, err := without.Step(t.Context()); going || err != nil {
		t.Errorf("the process without the key goes on: %v, %v", going, err)
	}
}

func unreadRecords(t *testing.T, d *database) {
	f := newForgetful(t, d)
	unread := f.say(t, 3, review.Personal{UserID: "u1", ContactPhone: phone})
	known := f.say(t, 5, review.Personal{UserID: phone, Remark: "谢谢"}) // its index tells
	erased := f.say(t, 8, review.Personal{UserID: "u3"})
	f.say(t, 10, review.Personal{UserID: "u4", Remark: "请打 " + phone})
	affairs := affair.NewService(d.Store, &review.Placement{Registry: d.registry, Root: "440000000000"}, f.sealer, privacy.NewBlinder(f.keys), clock)
	_, err := affairs.Take(t.Context(), affair.Batch{Source: "front", Columns: []string{"电话"}, Rows: []affair.Row{
		{Affair: affair.Affair{SerialNo: "done-1", ItemCode: itemCode, DepartmentCode: department, DoneTime: now, Personal: affair.Personal{ContactPhone: phone}}},
		{Affair: affair.Affair{SerialNo: "r1"}, Cells: []string{phone}, Violations: []fault.Violation{{Field: "x", Reason: "y"}}},
	}})
	done(t, err)
	for _, of := range []string{"review WHERE serial = '" + unread.Serial + "'", "review WHERE serial = '" + known.Serial + "'", "affair", "affair_rejected"} {
		if d.count(t, of) != 1 {
			t.Fatalf("%s: none", of)
		}
		table, where, _ := strings.Cut(of, " ")
		d.exec(t, "UPDATE "+table+" SET sealed = $1 "+where, []byte("sealed with a key that is not there"))
	}
	d.exec(t, "UPDATE review SET sealed = $1 WHERE serial = $2", []byte{}, erased.Serial)
	service := f.erasures(d.Store)
	id, err := service.Ask(t.Context(), "sheng", erasure.Phone, phone, "本人申请第1号")
	done(t, err)
	for _, state := range []erasure.State{erasure.Found, erasure.Done} {
		for going := true; going; {
			going, err = service.Step(t.Context())
			done(t, err)
		}
		r, err := service.Get(t.Context(), id)
		done(t, err)
		if r.State != state || r.Reviews != 2 || r.Affairs != 0 || r.Unread != 3 {
			t.Errorf("it is %+v, want state %d, 2 reviews and 3 records that can't be read", r, state)
		}
		if state == erasure.Found {
			done(t, service.Confirm(audit.With(t.Context(), audit.Origin{Actor: "sheng"}), id, r.Version))
		}
	}
	if f.left(t, known.Serial) || !f.left(t, unread.Serial) {
		t.Error("what its index finds is erased, what can't be read is not")
	}
	if n := d.count(t, "audit WHERE action = 'erasure.done' AND after LIKE '%无法读取3条%'"); n != 1 {
		t.Error("the audit log says that all is done")
	}
}
