package e2e

import (
	"strings"
	"testing"
)

// Who goes away in the middle leaves nothing for the next person to read.
func TestWhatIsLeftOnATabletIsForgotten(t *testing.T) {
	t.Parallel()
	w := buildTown(t, onSQLite(t))
	b := tabOn(t, w.url, tablet)
	b.open(w.tabletCode(t, "PAD-1"))
	// A second is a minute.
	ask[bool](b, `((later) => window.setTimeout = (act, after) => later(act, after / 60))(window.setTimeout), true`)
	b.tap(star("1"))
	b.tap(".t1 summary")
	b.tap(".t1 details .chip")
	b.write("#remark", "等了很久")
	b.until("it is forgotten", untouched("等了很久"))
	if b.wants("0/150", "点一颗星"); ask[bool](b, `document.querySelector("details[open]") !== null`) || strings.Contains(b.text(), "非常不满意\n哪里") {
		t.Errorf("left: %s", b.now())
	}
	b.tap(star("5"))
	b.submit()
	b.until("it thanks", thanksShown)
}
