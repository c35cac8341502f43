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
}

func (g *Generator) draw(i uint64, t time.Time) *draw {
	r := rand.New(rand.NewPCG(mix(g.seed), mix(i))) //nolint:gosec // samples, not secrets
	return &draw{seed: g.seed, i: i, opts: g.opts, r: r, at: t}
}
