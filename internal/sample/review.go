package sample

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/haochaping/haochaping/client"
)

func (d *draw) affair() client.AffairEval {
	at := d.department()
	department, item := d.departments[at], often(d.r, d.itemsOf[at])
	star := d.stars(at)
	entity := client.EgovAffair
	if d.r.IntN(100) < yssOf100 {
		entity = client.YssAffair
	}
	done := d.before(d.at, 5*time.Minute, 72*time.Hour)
	return client.AffairEval{
		AppCode:        d.opts.AppCode,
		EvalEntityCode: entity,
		Department:     client.Department{DepartmentCode: department.Code, DepartmentName: department.Name},
		Affair: client.Affair{
			AffairSerialNo:    d.serial(item, done),
			AffairCode:        item.Code,
			AffairName:        item.Name,
			AffairDealOfficer: pick(d.r, d.officersOf[at]).Name,
			AffairApplyTime:   client.Time(d.before(done, 10*time.Minute, 15*24*time.Hour)),
			AffairDoneTime:    client.Time(done),
		},
		User:         d.user(d.home(at)),
		TagList:      tags(d.r, star),
		GeneralStars: star,
		Remark:       remark(d.r, star),
		EvalTime:     client.Time(d.at),
	}
}

func (d *draw) guide() client.GuideEval {
	at := d.department()
	item := often(d.r, d.itemsOf[at])
	star := d.stars(at)
	return client.GuideEval{
		AppCode:        d.opts.AppCode,
		EvalEntityCode: client.EgovGuide,
		User:           d.user(d.home(at)),
		TagList:        tags(d.r, star),
		Guide:          client.Guide{AffairCode: item.Code, AffairName: item.Name, DepartmentCode: item.DepartmentCode},
		GeneralStars:   star,
		Remark:         remark(d.r, star),
		EvalTime:       client.Time(d.at),
	}
}

func (d *draw) hotline() client.HotlineEval {
	operator, at := pick(d.r, d.operators), d.department()
	department := d.departments[at]
	done := d.before(d.at, 5*time.Minute, 72*time.Hour)
	deal := d.before(done, 10*time.Minute, 24*time.Hour)
	accept := d.before(deal, time.Hour, 5*24*time.Hour)
	// The worse of the two verdicts is the review's; the other one is as bad or better.
	star := d.stars(at)
	acceptStar, dealStar := star, star
	switch better := star + d.r.IntN(6-star); d.r.IntN(3) {
	case 0:
		acceptStar = better
	case 1:
		dealStar = better
	}
	reason := func(star int) string {
		if star > 2 {
			return ""
		}
		return remark(d.r, star)
	}
	message := client.HotlineEval{
		AppCode:        d.opts.AppCode,
		EvalEntityCode: client.HotlineAffair,
		WorkOrderID:    d.workOrder(accept),
		User:           client.HotlineUser{UserName: personName(d.r), ContactPhone: mobile(d.r)},
		Accept: client.HotlineAccept{
			WorkNo: operator.WorkNo, RegionCode: operator.RegionCode, OperatorName: operator.Name,
			GeneralStars: acceptStar, Remark: reason(acceptStar), AcceptTime: client.Time(accept),
		},
		Deal: client.HotlineDeal{
			DepartmentCode: department.Code, GeneralStars: dealStar, Remark: reason(dealStar),
			DealTime: client.Time(deal), DoneTime: client.Time(done),
		},
		EvalTime: client.Time(d.at),
	}
	if d.r.IntN(2) == 0 {
		kind := client.Person
		message.User.UserType = &kind
	}
	return message
}

func (d *draw) user(c city) client.User {
	phone := mobile(d.r)
	user := client.User{
		UserID: d.userID(), UserName: personName(d.r), ContactPhone: phone, PassportName: "gd" + phone,
		UserType: client.Person, CertificateType: client.ResidentIDCard, CertificateNo: identityNumber(d.r, c),
	}
	if d.r.IntN(100) < companyOf100 { // with the certificate of whoever acts for it
		user.UserType, user.UserName = client.Company, companyName(d.r, c)
	}
	return user
}

// userID is of 32 hexadecimal digits, a bijection of seed and index: nobody comes twice.
func (d *draw) userID() string { return fmt.Sprintf("%016x%016x", mix(^d.seed), mix(^d.i)) }

// serial is an affair's number: item 31, day 8, and 11 more where Guangdong has four digits, so that there is room for
// the seed (its 24 low bits with the others folded in) and the index (32 bits). 50 characters are the limit.
func (d *draw) serial(item Item, done time.Time) string {
	seed := (d.seed ^ d.seed>>24 ^ d.seed>>48) & 0xffffff
	return item.Code + client.Time(done)[:8] + base36(seed<<32|d.i&0xffffffff, 11)
}

// workOrder is a work order's number of 32 characters: RX, day 8, seed 13, index 9.
func (d *draw) workOrder(accept time.Time) string {
	return "RX" + client.Time(accept)[:8] + base36(d.seed, 13) + base36(d.i, 9)
}

// before draws a time that is at least least and less than most before t.
func (d *draw) before(t time.Time, least, most time.Duration) time.Time {
	return t.Add(-least - time.Duration(d.r.Int64N(int64(most-least))))
}

// often draws from a list whose first ones are asked for most.
func often(r *rand.Rand, items []Item) Item {
	return items[min(r.IntN(len(items)), r.IntN(len(items)))]
}
