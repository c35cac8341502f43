package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
)

// bulkDays is over how many days, up to yesterday, affairs in bulk are spread.
const bulkDays = 120

// bulk makes many stored reviews at once, the same for the same size, and counters that say the same. Reviews come in the
// order of time, as in life, so that a day's counters are known when the day is over.
type bulk struct {
	*setting
	count  int
	lanes  int
	last   time.Time // the end of the last day
	sealer *privacy.Sealer
	random *rand.Rand
	made   int
	record *review.Record // the one made last
	tags   map[int][]string
	tally  *ledger
}

func newBulk(sealer *privacy.Sealer, s *setting, count, lanes int) *bulk {
	b := &bulk{
		setting: s, count: count, lanes: lanes, last: beijing.DayStart(beijing.Day(time.Now())), sealer: sealer,
		random: rand.New(rand.NewPCG(2019, 6)), //nolint:gosec // samples, not secrets
		tags:   map[int][]string{},
	}
	b.tally = newLedger(lanes, beijing.AddDays(beijing.Day(b.last), -1))
	for _, tag := range catalog.National() {
		b.tags[tag.Stars] = append(b.tags[tag.Stars], tag.ID)
	}
	return b
}

// next makes one more review; false when all are made.
func (b *bulk) next() bool {
	if b.made == b.count {
		b.tally.end()
		return false
	}
	slot := b.made % review.Slots
	age := time.Duration(float64(b.days) * float64(24*time.Hour) * float64(b.count-b.made) / float64(b.count))
	b.fill(slot, b.last.Add(-age))
	b.made++
	fact := factOf(b.record)
	b.tally.add(slot%b.lanes, &fact)
	return true
}

// rarely is how many reviews, or one more, are of the rarest evaluation object, however many there are.
const rarely = 3

// The mix of a hundred reviews in bulk.
const (
	guidesOf100   = 15
	hotlinesOf100 = 10
	yssOf100      = 30 // what is left are reviewed at a window
)

func (b *bulk) fill(slot int, at time.Time) {
	b.record = &review.Record{Slot: slot, Serial: b.serial(slot, at), Day: beijing.Day(at), ReceivedAt: at}
	r := b.record
	binary.BigEndian.PutUint64(r.Identity[:], uint64(b.made)) //nolint:gosec // not negative
	binary.BigEndian.PutUint64(r.PersonIndex[:], b.random.Uint64())
	item := &b.items[b.random.IntN(len(b.items))]
	department := b.offices[item.DepartmentCode]
	r.AppCode, r.EvalTime, r.Stars = appCode, at, b.stars()
	r.ItemCode, r.ItemName, r.DepartmentCode, r.DepartmentName = item.Code, item.Name, department.Code, department.Name
	r.Region, r.Subject = department.RegionCode, fmt.Sprintf("%s%08d%011d", item.Code, r.Day, b.made)
	r.ApplyTime, r.DoneTime = at.Add(-72*time.Hour), at.Add(-time.Hour)
	user, certificate := 0, 10
	r.UserType, r.CertificateType = &user, &certificate
	switch n := b.random.IntN(100); {
	case n < hotlinesOf100:
		taker := b.takers[b.random.IntN(len(b.takers))]
		r.Kind, r.EntityCode, r.WorkNo, r.ItemCode, r.ItemName = review.Hotline, "hotlineAffair", taker.WorkNo, "", ""
		r.RegionCode, r.Region, r.AcceptStars, r.DealStars = taker.RegionCode, taker.RegionCode, r.Stars, b.random.IntN(6-r.Stars)+r.Stars
	case n < hotlinesOf100+guidesOf100:
		r.Kind, r.EntityCode = review.Guide, "egovGuide"
	case n < hotlinesOf100+guidesOf100+yssOf100:
		r.Kind, r.EntityCode = review.Affair, "yssAffair"
	default:
		r.Kind, r.EntityCode = review.Affair, "egovAffair"
		window := b.random.IntN(len(b.halls) * windowsOfHall)
		hall := b.halls[window/windowsOfHall]
		r.HallCode, r.WindowCode = hall.Code, fmt.Sprintf("W%07d", window)
		if hall.RegionCode != "" {
			r.Region = hall.RegionCode
		}
		r.WorkNo = fmt.Sprintf("A%02d", window%windowsOfHall)
	}
	if b.made%max(1, b.count/rarely) == 0 {
		r.EntityCode = catalog.HallAffair
	}
	r.Channel = b.channel()
	if r.Kind != review.Hotline {
		offered := b.tags[r.Stars]
		r.Tags = offered[:b.random.IntN(4)]
	}
	personal, err := json.Marshal(review.Personal{
		UserID: fmt.Sprintf("%032x", b.made), UserName: "陈伟", ContactPhone: "13800005678", PassportName: "gd13800005678",
		CertificateNo: "440100199001011234", OfficerName: "李娜", Remark: "办得很快，态度也好",
	})
	if err != nil {
		panic(err) // strings always encode
	}
	r.Sealed = b.sealer.Seal(personal, r.Serial)
}

// stars are one or two in one of two hundred reviews.
func (b *bulk) stars() int {
	if n := b.random.IntN(200); n == 0 {
		return 1 + b.random.IntN(2)
	}
	return 3 + b.random.IntN(3)
}

// serial is a serial number as review.Serials makes them, of that time.
func (b *bulk) serial(slot int, at time.Time) string {
	var text [20]byte
	write := func(part []byte, n int64) {
		for i := len(part) - 1; i >= 0; i-- {
			part[i] = digits[n&31]
			n >>= 5
		}
	}
	write(text[0:9], at.UnixMilli())
	write(text[9:12], int64(b.made))
	text[12] = digits[slot]
	write(text[13:], int64(b.made))
	return string(text[:])
}

// channel is where a review came from: at a window by the code on the receipt, on the tablet or on the portal.
func (b *bulk) channel() string {
	if b.record.HallCode == "" {
		return catalog.ChannelOf(b.record.EntityCode)
	}
	switch n := b.random.IntN(10); {
	case n < 5:
		return catalog.HallQR
	case n < 8:
		return catalog.HallPad
	default:
		return catalog.Portal
	}
}

// String is how many reviews they are.
func (b *bulk) String() string {
	if b.count >= 1_000_000 {
		return fmt.Sprintf("%g M reviews", float64(b.count)/1_000_000)
	}
	return fmt.Sprintf("%g k reviews", float64(b.count)/1_000)
}
