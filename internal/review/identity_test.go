package review

import (
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/privacy"
	"pgregory.net/rapid"
)

// evening is the last second of a day in Shanghai, and not in UTC.
var evening = time.Date(2026, 6, 15, 23, 59, 59, 0, beijing.Zone)

func affair() Review {
	return Review{
		Facts: Facts{
			AppCode: "app1", EntityCode: "egovAffair", Channel: "portal", Kind: Affair, Subject: "affair-1", ItemCode: "item-1",
			DepartmentCode: "department-1", Stars: 5, Tags: []string{"510"}, EvalTime: evening,
		},
		Personal: Personal{UserID: "user-1", UserName: "张三", ContactPhone: "13800000000", Remark: "好"},
	}
}

func guide() Review {
	r := affair()
	r.Kind, r.EntityCode, r.Subject, r.ItemCode = Guide, "egovGuide", "item-1", "item-1"
	return r
}

func hotline() Review {
	r := affair()
	r.Kind, r.EntityCode, r.Subject, r.ItemCode = Hotline, "hotlineAffair", "order-1", ""
	r.UserID = ""
	return r
}

// TestIdentity holds identities and once-only keys against contract.md 6, one case a rule.
func TestIdentity(t *testing.T) {
	tablet := func() Review {
		r := affair()
		r.Personal = Personal{}
		return r
	}
	for _, c := range []struct {
		name      string
		from      func() Review
		change    func(r *Review)
		same      bool // the same submission
		onlyOneOf bool // only one of the two may be
	}{
		{"affair: the same again", affair, func(*Review) {}, true, true},
		{"affair: what is said does not make another submission", affair, func(r *Review) {
			r.Stars, r.Tags, r.Remark, r.UserName, r.ContactPhone, r.Channel = 1, nil, "差", "李四", "139", "hall-qr"
		}, true, true},
		{"affair: item and department do not make another submission", affair, func(r *Review) {
			r.ItemCode, r.DepartmentCode = "item-2", "department-2"
		}, true, true},
		{"affair: by another app", affair, func(r *Review) { r.AppCode = "app2" }, false, true},
		{"affair: by another entity code", affair, func(r *Review) { r.EntityCode = "yssAffair" }, false, true},
		{"affair: at another time", affair, func(r *Review) { r.EvalTime = r.EvalTime.Add(time.Second) }, false, true},
		{"affair: a year later", affair, func(r *Review) { r.EvalTime = r.EvalTime.AddDate(1, 0, 0) }, false, true},
		{"affair: by another person", affair, func(r *Review) { r.UserID = "user-2" }, false, false},
		{"affair: another affair", affair, func(r *Review) { r.Subject = "affair-2" }, false, false},
		{"affair: nobody after somebody", affair, func(r *Review) { r.Personal = Personal{} }, false, false},
		{"affair: without a person once as such", tablet, func(r *Review) { r.EvalTime = r.EvalTime.Add(time.Hour) }, false, true},
		{"affair: without a person the same again", tablet, func(*Review) {}, true, true},

		{"guide: the same again", guide, func(*Review) {}, true, true},
		{"guide: on the same day", guide, func(r *Review) { r.EvalTime = r.EvalTime.Add(-23 * time.Hour) }, false, true},
		{"guide: on the next day in Shanghai, a second later", guide, func(r *Review) { r.EvalTime = r.EvalTime.Add(time.Second) }, false, false},
		{"guide: by another person", guide, func(r *Review) { r.UserID = "user-2" }, false, false},
		{"guide: another guide", guide, func(r *Review) { r.Subject = "item-2" }, false, false},
		{"guide: by another app", guide, func(r *Review) { r.AppCode = "app2" }, false, true},

		{"hotline: the same again", hotline, func(*Review) {}, true, true},
		{"hotline: by another person", hotline, func(r *Review) { r.ContactPhone = "13900000000" }, false, true},
		{"hotline: at another time", hotline, func(r *Review) { r.EvalTime = r.EvalTime.AddDate(0, 1, 0) }, false, true},
		{"hotline: another work order", hotline, func(r *Review) { r.Subject = "order-2" }, false, false},
		{"hotline: by another app", hotline, func(r *Review) { r.AppCode = "app2" }, false, true},

		{"subject and person are told apart", affair, func(r *Review) { r.Subject, r.UserID = "affair-1u", "ser-1" }, false, false},
		{"a guide is not an affair of that number", affair, func(r *Review) { r.Kind, r.EntityCode = Guide, "egovGuide" }, false, false},
		{"a work order is not an affair of that number", tablet, func(r *Review) { r.Kind, r.EntityCode = Hotline, "hotlineAffair" }, false, false},
	} {
		blinder := privacy.NewBlinder(privacy.NewKeys())
		a, b := c.from(), c.from()
		c.change(&b)
		if got := identity(blinder, &a) == identity(blinder, &b); got != c.same {
			t.Errorf("%s: the same submission: %v, want %v", c.name, got, c.same)
		}
		if got := onceKey(blinder, &a) == onceKey(blinder, &b); got != c.onlyOneOf {
			t.Errorf("%s: only one of them may be: %v, want %v", c.name, got, c.onlyOneOf)
		}
	}
}

// TestTheSameSubmissionMeetsItselfInOneSlot: reviews of one identity have one once-only key, and so one slot, on every
// node that has the key.
func TestTheSameSubmissionMeetsItselfInOneSlot(t *testing.T) {
	keys := privacy.NewKeys()
	one, other := privacy.NewBlinder(keys), privacy.NewBlinder(keys)
	slots := map[int]bool{}
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) *Review {
			kind := rapid.SampledFrom([]func() Review{affair, guide, hotline}).Draw(t, name+" kind")
			r := kind()
			r.AppCode = rapid.SampledFrom([]string{"app1", "app2"}).Draw(t, name+" app")
			r.Subject = rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, name+" subject")
			r.UserID = rapid.SampledFrom([]string{"", "u1", "u2"}).Draw(t, name+" user")
			r.EvalTime = evening.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, name+" seconds")) * time.Second)
			r.Stars = rapid.IntRange(1, 5).Draw(t, name+" stars")
			return &r
		}
		a, b := draw("a"), draw("b")
		if identity(one, a) == identity(other, b) && onceKey(one, a) != onceKey(other, b) {
			t.Fatal("one submission has two once-only keys")
		}
		slot := slotOf(onceKey(one, a))
		if slot != slotOf(onceKey(other, a)) || slot < 0 || slot >= Slots {
			t.Fatalf("got slot %d", slot)
		}
		slots[slot] = true
	})
	if len(slots) < Slots/4 {
		t.Errorf("only %d slots were used", len(slots))
	}
}

func TestIdentitiesRevealNothingWithoutTheKey(t *testing.T) {
	one, other := privacy.NewBlinder(privacy.NewKeys()), privacy.NewBlinder(privacy.NewKeys())
	r := affair()
	if identity(one, &r) == identity(other, &r) || onceKey(one, &r) == onceKey(other, &r) || PersonIndex(one, "p") == PersonIndex(other, "p") {
		t.Error("another key gives the same digests")
	}
	if identity(one, &r) == onceKey(one, &r) {
		t.Error("an identity can be told from a once-only key")
	}
}
