package main

import (
	"context"
	"fmt"
	"os"

	"github.com/haochaping/haochaping/internal/integrity"
	"github.com/haochaping/haochaping/internal/planted"
	"github.com/haochaping/haochaping/internal/workday"
)

// The bars: planted fraud that is found, and honest window-days with a finding.
const (
	foundBar = 0.95
	falseBar = 0.01
)

// gaming plays provinces with planted fraud, a seed for each run, and says how much of it is found and whom it does wrong. The first seed is none that
// the tests play.
func gaming(ctx context.Context, b *bench) error {
	line := func(format string, arguments ...any) { _, _ = fmt.Fprintf(os.Stdout, format+"\n", arguments...) }
	const firstSeed = 1001
	var found, wrong []float64
	kinds := map[integrity.Kind][]float64{}
	frauds, honest := 0, 0
	for n := range max(b.runs, 1) {
		if err := ctx.Err(); err != nil {
			return err
		}
		r := planted.Run(uint64(firstSeed+n), integrity.Default, workday.China())
		found, wrong = append(found, r.FoundShare()), append(wrong, r.FalseShare())
		honest += r.Honest
		for _, kind := range integrity.Kinds() {
			frauds += r.Planted[kind]
			kinds[kind] = append(kinds[kind], float64(r.Found[kind])/float64(max(1, r.Planted[kind])))
		}
	}
	line("\ngaming of reviews: %d provinces made up, %d window-days with fraud, %d honest ones", len(found), frauds, honest)
	show := func(name string, values []float64, verdict string) {
		s := spreadOf(values)
		line("  %-52s min %.4f  median %.4f  max %.4f%s", name, s.min, s.median, s.max, verdict)
	}
	reached := func(is bool, bar float64) string {
		if is {
			return fmt.Sprintf("  (bar %g: reached by every seed)", bar)
		}
		return fmt.Sprintf("  (bar %g: missed)", bar)
	}
	show("planted window-days found by their kind", found, reached(spreadOf(found).min >= foundBar, foundBar))
	show("honest window-days with a finding", wrong, reached(spreadOf(wrong).max <= falseBar, falseBar))
	for _, kind := range integrity.Kinds() {
		show("  found of "+string(kind), kinds[kind], "")
	}
	return nil
}
