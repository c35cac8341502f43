package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
	"pgregory.net/rapid"
)

var listingTests = []test{
	{"a listing is what sorting all reviews would give", listings},
	{"pages follow one another without a gap", pages},
	{"a listed review is read whole", listed},
	{"no region is not everywhere", noRegions},
	{"a channel's reviews are found among the newest so many", ofAChannel},
	{"one's own reviews are found by receipt, and newest first and page by page by who said them", owned},
	{"few reviews in many regions are found behind the many of others", fewInManyRegions},
	{"what is rare is found where the counters say that it is", foundByCounters},
}

// Where and about what the listed reviews are.
var (
	places   = []string{"440000000000", "440100000000", "440106000000", "440106001000", "440300000000", "440305000000"}
	entities = []string{"egovAffair", "egovGuide", "yssAffair"}
)

// published stores reviews of many places, with few different times so that serial numbers must decide, and gives them
// newest first.
func (d *database) published(t *testing.T, n int) []review.Record {
	t.Helper()
	var records []review.Record
	for i := range n {
		records = append(records, d.affair(i, stars(i%5+1), func(r *review.Record) {
			r.Region, r.EntityCode = places[i%len(places)], entities[i/2%len(entities)]
			r.EvalTime = now.Add(-time.Duration(i%7) * time.Hour)
		}))
	}
	stored := slices.Clone(records)
	shuffle(stored)
	for some := range slices.Chunk(stored, 25) {
		d.accept(t, some...)
	}
	slices.SortFunc(records, newestFirst)
	return records
}

func newestFirst(a, b review.Record) int {
	if order := b.EvalTime.Compare(a.EvalTime); order != 0 {
		return order
	}
	return strings.Compare(b.Serial, a.Serial)
}

// among is the listing of records, newest first, by its definition.
func among(records []review.Record, l review.Listing) []string {
	serials := []string{}
	for _, r := range records {
		after := l.After == nil || r.EvalTime.Before(l.After.EvalTime) ||
			r.EvalTime.Equal(l.After.EvalTime) && r.Serial < l.After.Serial
		if after && (l.RegionFrom == "" || l.RegionFrom <= r.Region && r.Region < l.RegionTo) &&
			(l.EntityCode == "" || l.EntityCode == r.EntityCode) && (l.Stars == 0 || l.Stars == r.Stars) &&
			!r.EvalTime.Before(l.From) && r.EvalTime.Before(l.To) {
			serials = append(serials, r.Serial)
		}
	}
	serials = serials[min(l.Offset, len(serials)):]
	return serials[:min(l.Limit, len(serials))]
}

func (d *database) newest(t fataler, l review.Listing) []string {
	t.Helper()
	found, err := d.Newest(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	serials := make([]string, len(found))
	for i, r := range found {
		serials[i] = r.Serial
	}
	return serials
}

func listings(t *testing.T, d *database) {
	records := d.migrated(t).published(t, 120)
	hour := func(t *rapid.T, name string) time.Time {
		return now.Add(-time.Duration(rapid.IntRange(-1, 8).Draw(t, name)) * time.Hour)
	}
	rapid.Check(t, func(t *rapid.T) {
		l := review.Listing{
			EntityCode: rapid.SampledFrom(append(entities, "", "hotlineAffair")).Draw(t, "entity"),
			Stars:      rapid.IntRange(0, 5).Draw(t, "stars"),
			From:       hour(t, "from"), To: hour(t, "to"),
			Offset: rapid.SampledFrom([]int{0, 0, 1, 7, 200}).Draw(t, "offset"),
			Limit:  rapid.SampledFrom([]int{1, 5, 10, 200}).Draw(t, "limit"),
		}
		if rapid.Bool().Draw(t, "in bounds") {
			l.RegionFrom, l.RegionTo = org.Range(rapid.SampledFrom(places).Draw(t, "parent"))
			if known := rapid.SampledFrom([]string{"no", "those with some", "many others, too"}).Draw(t, "regions"); known != "no" {
				l.Regions = withSome(records, l)
				for n := range 50 {
					if known == "many others, too" {
						l.Regions = append(l.Regions, fmt.Sprintf("%s%06d", l.RegionFrom[:6], 900_000+n))
					}
				}
			}
		}
		if rapid.Bool().Draw(t, "goes on") {
			from := records[rapid.IntRange(0, len(records)-1).Draw(t, "after")]
			l.After = &review.Position{EvalTime: from.EvalTime, Serial: from.Serial}
		}
		if diff := cmp.Diff(among(records, l), d.newest(t, l)); diff != "" {
			t.Fatalf("%+v: %s", l, diff)
		}
	})
}

// withSome are the regions within a listing's bounds in which there are records.
func withSome(records []review.Record, l review.Listing) []string {
	codes := []string{}
	for _, r := range records {
		if l.RegionFrom <= r.Region && r.Region < l.RegionTo && !slices.Contains(codes, r.Region) {
			codes = append(codes, r.Region)
		}
	}
	return codes
}

// ofAChannel: of 600 reviews, by turns in two regions, the newest and the two oldest are of the channel. The oldest are too far away;
// where pieces of the index are read, each is read a part as far, which is as far in all.
func ofAChannel(t *testing.T, d *database) {
	d.migrated(t)
	var records []review.Record
	for i := range 600 {
		records = append(records, d.affair(i, stars(5), func(r *review.Record) {
			r.Region, r.EvalTime, r.Channel = places[1+i%2], now.Add(-time.Duration(i)*time.Minute), "portal"
			if i < 2 || i == 300 || i >= 598 {
				r.Channel = "yss"
			}
		}))
	}
	for some := range slices.Chunk(records, 100) {
		d.accept(t, some...)
	}
	some := func(is ...int) (serials []string) {
		for _, i := range is {
			serials = append(serials, records[i].Serial)
		}
		return serials
	}
	all := review.Listing{From: now.AddDate(0, 0, -2), To: now.Add(time.Hour), Channel: "yss", Limit: 10}
	change := func(change func(l *review.Listing)) review.Listing {
		l := all
		change(&l)
		return l
	}
	one, none := []string{places[1]}, []string{}
	for name, c := range map[string]struct {
		listing review.Listing
		want    []string
	}{
		"everywhere":       {all, some(0, 1, 300)},
		"not more":         {change(func(l *review.Listing) { l.Limit = 2 }), some(0, 1)},
		"the whole region": {change(func(l *review.Listing) { l.Regions, l.RegionFrom, l.RegionTo = one, places[1], places[1]+":" }), some(0, 300, 598)},
		"a later end":      {change(func(l *review.Listing) { l.To = now.Add(-time.Hour) }), some(300)},
		"of other stars":   {change(func(l *review.Listing) { l.Stars = 4 }), []string{}},
		"of bad ones":      {change(func(l *review.Listing) { l.Stars = 1 }), []string{}},
		"of no region":     {change(func(l *review.Listing) { l.Regions, l.RegionFrom, l.RegionTo = none, places[1], places[1]+":" }), []string{}},
		"pieces":           {change(func(l *review.Listing) { l.Regions, l.RegionFrom, l.RegionTo = places[1:3], "44", "45" }), some(0, 1, 300)},
	} {
		if diff := cmp.Diff(c.want, d.newest(t, c.listing)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func pages(t *testing.T, d *database) {
	records := d.migrated(t).published(t, 60)
	for name, l := range map[string]review.Listing{
		"everywhere": {},
		"by regions": {RegionFrom: "440000000000", RegionTo: "45", Regions: withSome(records, review.Listing{RegionFrom: "44", RegionTo: "45"})},
		"bad ones":   {Stars: 1},
		"in bounds":  {RegionFrom: "440100000000", RegionTo: "4401:"},
	} {
		l.To, l.Limit = now.Add(time.Hour), len(records)
		want := among(records, l)
		l.Limit = 7
		got := []string{}
		for len(got) <= len(records) {
			page, err := d.Newest(t.Context(), l)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, r := range page {
				got = append(got, r.Serial)
			}
			last := page[len(page)-1]
			l.After = &review.Position{EvalTime: last.EvalTime, Serial: last.Serial}
		}
		if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func listed(t *testing.T, d *database) {
	d.migrated(t)
	r := d.affair(1, func(r *review.Record) { r.EvalTime = r.EvalTime.Add(654321 * time.Microsecond) })
	bare := d.affair(2, func(r *review.Record) { r.Tags, r.ItemName = nil, "" })
	d.accept(t, r, bare)
	got, err := d.Newest(t.Context(), review.Listing{To: now.Add(time.Hour), Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	var want []review.Listed
	for _, r := range []review.Record{r, bare} {
		want = append(want, review.Listed{
			Serial: r.Serial, EntityCode: r.EntityCode, ItemName: r.ItemName, Stars: r.Stars, Tags: r.Tags, EvalTime: r.EvalTime, Sealed: r.Sealed,
		})
	}
	if diff := cmp.Diff(want, got); diff != "" { // times are compared by their Equal
		t.Error(diff)
	}
}

func noRegions(t *testing.T, d *database) {
	d.migrated(t).accept(t, d.affair(1))
	if got := d.newest(t, review.Listing{RegionFrom: "44", RegionTo: "45", Regions: []string{}, To: now, Limit: 10}); len(got) != 0 {
		t.Errorf("got %v, want none: no region has any", got)
	}
}

// The newest of all are looked at first, and so many that none of the regions' are among them.
func fewInManyRegions(t *testing.T, d *database) {
	d.migrated(t)
	const others, regions = 2100, 45
	var newer []review.Record
	for n := range others {
		newer = append(newer, d.affair(n+1, func(r *review.Record) { r.Region = "440300000000" }))
	}
	for some := range slices.Chunk(newer, 300) {
		d.accept(t, some...)
	}
	l := review.Listing{RegionFrom: "440100000000", RegionTo: "4401:", To: now.Add(time.Hour), Limit: 100}
	var few []review.Record
	for n := range regions {
		r := d.affair(others+n+1, func(r *review.Record) {
			r.Region = fmt.Sprintf("4401%08d", n)
			r.EvalTime = r.EvalTime.AddDate(0, 0, -1)
		})
		few, l.Regions = append(few, r), append(l.Regions, r.Region)
	}
	d.accept(t, few...)
	slices.SortFunc(few, newestFirst)
	for _, l.Offset = range []int{0, 7} {
		if diff := cmp.Diff(among(few, l), d.newest(t, l)); diff != "" {
			t.Errorf("from %d on: %s", l.Offset, diff)
		}
	}
}

func owned(t *testing.T, d *database) {
	d.migrated(t)
	var records []review.Record
	for i := range 40 {
		records = append(records, d.affair(i, func(r *review.Record) {
			r.PersonIndex, r.ReceiptKey = digest("person", i%2), digest("receipt", i)
			r.EvalTime = now.Add(-time.Duration(i%7) * time.Hour)
		}))
	}
	d.accept(t, records...)
	for i := range records {
		found, known, err := d.ByReceipt(t.Context(), records[i].Slot, records[i].ReceiptKey)
		if err != nil || !known || found.Serial != records[i].Serial {
			t.Errorf("by the receipt of %s: got %s, %v, %v", records[i].Serial, found.Serial, known, err)
		}
	}
	if found, known, err := d.ByReceipt(t.Context(), records[0].Slot, digest("receipt", "nobody's")); known || err != nil {
		t.Errorf("by no receipt: got %+v, %v", found, err)
	}
	slices.SortFunc(records, newestFirst)
	var want, got []string
	for i := range records {
		if records[i].PersonIndex == digest("person", 1) {
			want = append(want, records[i].Serial)
		}
	}
	for after := (*review.Position)(nil); ; {
		page, err := d.ByPerson(t.Context(), digest("person", 1), after, 3)
		if err != nil {
			t.Fatal(err)
		}
		for i := range page {
			got = append(got, page[i].Serial)
			after = &review.Position{EvalTime: page[i].EvalTime, Serial: page[i].Serial}
		}
		if len(page) < 3 {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
