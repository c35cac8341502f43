// Package integrity finds reviews that people did not give of their own (刷评): it looks at the reviews of a place on a day, says
// what is unlikely about them and how unlikely, and leaves it to a person to judge. Nothing leaves the figures before somebody
// has confirmed it, and a bad review never leaves them here: it may only be appealed against, one by one.
package integrity

import (
	"time"

	"github.com/haochaping/haochaping/internal/review"
)

// Kind is what is unlikely about reviews. Its text is what the database holds.
type Kind string

// Kinds of findings.
const (
	Burst   Kind = "burst"   // 集中五星
	Device  Kind = "device"  // 同一设备
	Address Kind = "address" // 同一网络地址
	Officer Kind = "officer" // 工作人员自评
	Closed  Kind = "closed"  // 非办公时间
	Words   Kind = "words"   // 雷同评语
)

// Kinds are all of them, in the order in which they are shown.
func Kinds() []Kind { return []Kind{Burst, Device, Address, Officer, Closed, Words} }

var kindWords = map[Kind]string{
	Burst: "集中五星", Device: "一台设备多人评价", Address: "一个网络地址多人评价", Officer: "工作人员评价自己", Closed: "非办公时间评价", Words: "评语雷同",
}

// Word is what people call a kind; empty for none of ours.
func (k Kind) Word() string { return kindWords[k] }

// PlaceKind says what a place is: the window where there is one, else the hall, else the department.
type PlaceKind string

// Kinds of places.
const (
	WindowPlace     PlaceKind = "window"
	HallPlace       PlaceKind = "hall"
	DepartmentPlace PlaceKind = "department"
)

// Key names a place.
type Key struct {
	Kind PlaceKind
	Code string
}

// Place is where reviews were given, and where that belongs.
type Place struct {
	Region, Department, Hall, Window string // codes; empty where there is none
}

// Key is the most particular place; the zero key where there is none.
func (p Place) Key() Key {
	switch {
	case p.Window != "":
		return Key{WindowPlace, p.Window}
	case p.Hall != "":
		return Key{HallPlace, p.Hall}
	case p.Department != "":
		return Key{DepartmentPlace, p.Department}
	}
	return Key{}
}

// Mark is the beginning of a keyed hash: equal for what is equal, and nothing else can be learned from it. The zero mark is of what is not known.
type Mark [16]byte

// Sighting is a review as the rules see it. It holds no personal data but the words, which never leave the memory.
type Sighting struct {
	Serial string
	Slot   int
	At     time.Time
	Stars  int
	Place  Place
	WorkNo string
	// OnSpot says that it was given in the hall: by the window's code or a tablet.
	OnSpot bool
	// Person, Certificate and Phone are of who gave it, Device and Address of where it came from, where our own pages took it.
	Person, Certificate, Phone Mark
	Device, Address            Mark
	// Words are what was written as Plain gives it; empty for what is too short to tell people apart.
	Words string
}

// good says that a finding may be about it: not bad, so that no judgement of a finding takes a complaint out of the figures.
func (s *Sighting) good() bool { return !review.Bad(s.Stars) }

// who tells persons apart; a review without a person is its own.
func (s *Sighting) who() Mark {
	if s.Person != (Mark{}) {
		return s.Person
	}
	if s.Certificate != (Mark{}) {
		return s.Certificate
	}
	var m Mark
	copy(m[:], s.Serial)
	return m
}

// MostReviews is how many reviews a finding names, at most.
const MostReviews = 500

// Finding is something unlikely about reviews of one kind at one place on one day.
type Finding struct {
	Kind  Kind
	Day   int // yyyymmdd
	Place Place
	// Strength is 1..100: ten for every power of ten by which chance is ruled out.
	Strength int
	// Count is what was seen, Expected what would have been likely.
	Count    int
	Expected float64
	Evidence Evidence
	// Reviews are those concerned, oldest first, at most MostReviews. Concerned is how many there are.
	Reviews   []Concerned
	Concerned int
}

// Concerned is a review that a finding is about.
type Concerned struct {
	Serial string
	Slot   int
}

// Evidence is what a person needs in order to judge, without personal data. What does not belong to a kind is zero.
type Evidence struct {
	Total   int     `json:"total,omitzero"`   // reviews of the place on that day
	Usual   float64 `json:"usual,omitzero"`   // five stars a day before
	Factor  float64 `json:"factor,omitzero"`  // how much busier the hall, the county or its completed affairs were
	Run     int     `json:"run,omitzero"`     // most within Minutes
	Dense   bool    `json:"dense,omitzero"`   // it is about such runs, not about the whole day
	Minutes int     `json:"minutes,omitzero"` // length of the run
	From    string  `json:"from,omitzero"`    // hh:mm of the first and the last review concerned
	To      string  `json:"to,omitzero"`
	People  int     `json:"people,omitzero"` // different persons
	Share   float64 `json:"share,omitzero"`  // of the same elsewhere, 0..1
	WorkNo  string  `json:"workNo,omitzero"` // the officer
	// Holiday says that the hall was closed all day.
	Holiday bool `json:"holiday,omitzero"`
}

// State is what a person decided. Its text is what the database holds.
type State string

// States of a finding.
const (
	Open      State = "open"      // 待判断
	Confirmed State = "confirmed" // 已认定: the reviews have left the figures
	Dismissed State = "dismissed" // 已排除
)

// States are all of them, in the order in which they are shown.
func States() []State { return []State{Open, Confirmed, Dismissed} }

var stateWords = map[State]string{Open: "待判断", Confirmed: "已认定", Dismissed: "已排除"}

// Word is what people call a state; empty for none of ours.
func (s State) Word() string { return stateWords[s] }
