package sample

import (
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/haochaping/haochaping/client"
)

// The kinds of review, named as in their paths.
const (
	KindAffair  = "affair"
	KindGuide   = "guide"
	KindHotline = "hotline"
)

// The mix of a hundred reviews.
const (
	affairsOf100 = 75
	guidesOf100  = 15 // what is left are the hotline's
	yssOf100     = 40 // of the affairs, reviewed in 粤省事
	companyOf100 = 10 // of the reviewers
)

// DefaultBadShare is the share of reviews with one or two stars where Options say nothing: 1 in 200, more than in
// life (domain.md 4), so that a short run has some.
const DefaultBadShare = 0.005

// Options are a generator's settings.
type Options struct {
	AppCode  string  // the app that sends the reviews
	BadShare float64 // of reviews with one or two stars, 0 to 1; 0 is DefaultBadShare, negative none
	// Town is whose departments are reviewed, each as often and as well as they differ there; nil are the 200 of the cities,
	// all alike.
	Town *Town
}

// Generator makes reviews. It is safe for use by several goroutines.
type Generator struct {
	seed uint64
	opts Options
	next atomic.Uint64
}

// New makes a generator; the same seed gives the same reviews.
func New(seed uint64, opts Options) *Generator {
	if opts.BadShare == 0 {
		opts.BadShare = DefaultBadShare
	}
	return &Generator{seed: seed, opts: opts}
}

// At gives review i, made at time t: its kind, where it is sent, and the client's message. It depends on the seed, i
// and t only, and counts nothing; i is less than 2^32.
func (g *Generator) At(i uint64, t time.Time) (kind, path string, message any) {
	d := g.draw(i, t)
	switch n := d.r.IntN(100); {
	case n < affairsOf100:
		return KindAffair, client.PathAffair, d.affair()
	case n < affairsOf100+guidesOf100:
		return KindGuide, client.PathGuide, d.guide()
	default:
		return KindHotline, client.PathHotline, d.hotline()
	}
}

// Next gives the next review, made at time t.
func (g *Generator) Next(t time.Time) (kind, path string, message any) {
	return g.At(g.next.Add(1)-1, t)
}

// Affair gives the next review as one of a completed affair.
func (g *Generator) Affair(t time.Time) client.AffairEval { return g.drawNext(t).affair() }

// AffairAt gives review i as one of a completed affair; it counts nothing.
func (g *Generator) AffairAt(i uint64, t time.Time) client.AffairEval {
	d := g.draw(i, t)
	d.r.IntN(100)
	return d.affair()
}

// Guide gives the next review as one of a service guide.
func (g *Generator) Guide(t time.Time) client.GuideEval { return g.drawNext(t).guide() }

// Hotline gives the next review as one of a hotline work order.
func (g *Generator) Hotline(t time.Time) client.HotlineEval { return g.drawNext(t).hotline() }

func (g *Generator) drawNext(t time.Time) *draw {
	d := g.draw(g.next.Add(1)-1, t)
	d.r.IntN(100) // the kind, which At draws: review i has the same person either way
	return d
}

// draw is one review in the making.
type draw struct {
	seed, i uint64
	opts    Options
	r       *rand.Rand
	at      time.Time
	*registry
}

func (g *Generator) draw(i uint64, t time.Time) *draw {
	r := rand.New(rand.NewPCG(mix(g.seed), mix(i))) //nolint:gosec // samples, not secrets
	d := &draw{seed: g.seed, i: i, opts: g.opts, r: r, at: t, registry: master()}
	if g.opts.Town != nil {
		d.registry = &g.opts.Town.registry
	}
	return d
}

// department draws a department by its place in the registry.
func (d *draw) department() int {
	if town := d.opts.Town; town != nil {
		return town.choose(d.r)
	}
	return d.r.IntN(len(d.registry.departments))
}

// stars draws a verdict on a department.
func (d *draw) stars(department int) int {
	if town := d.opts.Town; town != nil {
		return town.stars(d.r, department, d.opts.BadShare)
	}
	return stars(d.r, d.opts.BadShare)
}

// home is the city of a department's people.
func (d *draw) home(department int) city {
	for _, c := range cities {
		if c.prefix == d.registry.departments[department].RegionCode[:4] {
			return c
		}
	}
	return cities[0] // the province's capital
}
