package review

import (
	"context"
	"time"

	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/privacy"
)

// Listing asks for stored reviews, newest first by time of evaluation, then by serial number.
type Listing struct {
	RegionFrom string // bounds of the codes where they count, RegionFrom <= code < RegionTo; empty is everywhere
	RegionTo   string
	Regions    []string // the codes of 12 digits within the bounds in which there are any; nil when that is not known
	Spots      []Spot   // where all are that it reaches, which need not be in order; nil when that is not known
	EntityCode string   // empty is all
	Stars      int      // 0 is all
	// Channel is looked for among the newest MostLooked of what is listed otherwise, or fewer, for no index has it; empty is all. Such
	// a listing has no Offset.
	Channel  string
	From, To time.Time
	After    *Position // older than this one; nil starts at the newest
	Offset   int
	Limit    int
}

// Spot is a stretch of time in a region, or everywhere.
type Spot struct {
	Region   string // its code of 12 digits; empty is everywhere
	From, To time.Time
}

// MostLooked is among how many of the newest reviews a listing looks for those of a channel.
const MostLooked = 500

// Position is a place in a listing.
type Position struct {
	EvalTime time.Time
	Serial   string
}

// Listed is a stored review in a listing, still sealed.
type Listed struct {
	Serial     string
	EntityCode string
	ItemName   string
	Stars      int
	Tags       []string
	EvalTime   time.Time
	Sealed     []byte
	// Publication is what the public sees of what was said.
	Publication moderation.Publication
}

// Public is a review as everybody may see it.
type Public struct {
	Serial     string
	UserName   string // masked
	EntityCode string
	ItemName   string
	Stars      int
	Tags       []string
	EvalTime   time.Time
	Remark     string // as it may be published; empty when it may not, or nothing was said
}

// Newest lists reviews for the public: names masked, remarks as moderation lets them pass, nothing else personal. One that does not
// open has neither.
func (s *Service) Newest(ctx context.Context, listing Listing) ([]Public, error) {
	rows, err := s.store.Newest(ctx, listing)
	if err != nil {
		return nil, err
	}
	public := make([]Public, len(rows))
	for i := range rows {
		row := &rows[i]
		personal, _, err := s.opened(row)
		if err != nil {
			return nil, err
		}
		public[i] = Public{
			Serial: row.Serial, UserName: privacy.MaskName(personal.UserName), EntityCode: row.EntityCode,
			ItemName: publicName(row.ItemName, &personal), Stars: row.Stars, Tags: row.Tags, EvalTime: row.EvalTime,
		}
		if s.policy != nil && s.policy.Publishes() {
			public[i].Remark = row.Publication.Shown(personal.Said())
		}
	}
	return public, nil
}

// publicName is what an affair is called, without what names somebody: some systems call each affair after who applied.
func publicName(name string, personal *Personal) string {
	return privacy.Plain(moderation.Mask(name, moderation.Check(name, personal.persons(), nil).Findings))
}
