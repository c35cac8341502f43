package storetest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
)

// fataler is a test, or one case of a property.
type fataler interface {
	Helper()
	Context() context.Context
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// What records are about. The region is registered from the start, department and item are not.
const (
	county     = "440106000000"
	department = "11440106007482532N"
	itemCode   = "11440106007482532N344201200100012"
)

// digest stands in for the keyed hashes of review.
func digest(of ...any) privacy.Digest {
	sum := sha256.Sum256(fmt.Append(nil, of...))
	return privacy.Digest(sum[:])
}

// affair is the nth review of an affair, of 5 stars and with every field set; changes make it another.
func (d *database) affair(n int, changes ...func(*review.Record)) review.Record {
	once := digest("once", n)
	slot := int(once[0]) % review.Slots
	userType, certificateType := 0, 10
	at := now.Add(-time.Duration(n) * time.Minute)
	r := review.Record{
		Facts: review.Facts{
			AppCode: "app1", EntityCode: "egovAffair", Channel: "portal", Kind: review.Affair,
			Subject: fmt.Sprintf("%s20260610%04d", itemCode, n), ItemCode: itemCode, ItemName: "设立登记",
			DepartmentCode: department, DepartmentName: "天河区市场监督管理局", Stars: 5, Tags: []string{"510", "513"},
			UserType: &userType, CertificateType: &certificateType,
			EvalTime: at, ApplyTime: at.Add(-72 * time.Hour), DoneTime: at.Add(-time.Hour),
		},
		Serial: d.serials.Next(slot), Slot: slot, OnceKey: once, Identity: digest("identity", n),
		PersonIndex: digest("person", n), CertificateIndex: digest("certificate", n),
		Sealed: fmt.Append(nil, "sealed", n), Region: county, ReceivedAt: now,
	}
	for _, change := range changes {
		change(&r)
	}
	r.Day = beijing.Day(r.EvalTime)
	return r
}

// again is the same submission once more.
func (d *database) again(r review.Record) review.Record {
	r.Serial = d.serials.Next(r.Slot)
	return r
}

// rival is another submission about the same affair by the same person.
func (d *database) rival(r review.Record, changes ...func(*review.Record)) review.Record {
	r = d.again(r)
	r.Identity = digest("rival", r.Serial)
	for _, change := range changes {
		change(&r)
	}
	return r
}

func stars(n int) func(*review.Record) {
	return func(r *review.Record) { r.Stars = n }
}

// affairs are the reviews from to to-1.
func (d *database) affairs(from, to int) []review.Record {
	var records []review.Record
	for n := from; n < to; n++ {
		records = append(records, d.affair(n))
	}
	return records
}
