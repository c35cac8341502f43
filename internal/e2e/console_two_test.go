package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Two handlers have one case before them: the second sees what the first did, what he wrote himself is not lost, and nothing is
// overwritten.
func TestTwoHandlersAtOneCase(t *testing.T) {
	onBothEngines(t, func(t *testing.T, h *house) {
		w := smallTown(t, h)
		one := w.badReview(t, guangzhouOffice, "")
		first := w.sits(t, "jiayi", h.hire(t, "jiayi", "handler", "甲处理员", "--department", guangzhouOffice))
		second := w.sits(t, "yier", h.hire(t, "yier", "handler", "乙处理员", "--department", guangzhouOffice))
		path := "/console/cases/" + one
		seen, alsoSeen := first.get(path), second.get(path)
		alsoSeen.wants(t, http.StatusOK, "待核实", "无需整改，解释说明")

		if got := first.post(path+"/rectify", url.Values{"version": {seen.version(t)}, "words": {"排队属实，开始整改"}}); got.status != http.StatusSeeOther {
			t.Fatalf("the first: status %d:\n%s", got.status, got.text)
		}
		refused := second.post(path+"/explain", url.Values{"version": {alsoSeen.version(t)}, "words": {"没有排队，向他说明"}})
		refused.wants(t, http.StatusConflict, "整改中", "排队属实，开始整改", "甲处理员（jiayi）", "您刚才写的内容没有保存", "没有排队，向他说明")

		// He writes what the case is about now, of a version that is gone: it is not taken either, and stays in its field.
		late := second.post(path+"/feedback", url.Values{"version": {alsoSeen.version(t)}, "words": {"我们已经改好了"}})
		late.wants(t, http.StatusConflict, "整改中", "我们已经改好了")
		now := second.get(path)
		if strings.Contains(now.text, "没有排队，向他说明") || strings.Contains(now.text, "我们已经改好了") {
			t.Errorf("what was refused is on the case:\n%s", now.text)
		}
		if got := second.post(path+"/feedback", url.Values{"version": {late.version(t)}, "words": {"我们已经改好了"}}); got.status != http.StatusSeeOther {
			t.Errorf("of the version that he was shown then: status %d:\n%s", got.status, got.text)
		}

		// At the very same moment: one is done, whichever it is, and the other one is told so.
		for range 5 {
			at := "/console/cases/" + w.badReview(t, guangzhouOffice, "")
			opened := first.get(at)
			version := opened.version(t)
			answers := make(chan int, 2)
			for _, who := range []struct {
				*seat
				move string
			}{{first, "rectify"}, {second, "explain"}} {
				go func() {
					answers <- who.post(at+"/"+who.move, url.Values{"version": {version}, "words": {"我来处理"}}).status
				}()
			}
			if a, b := <-answers, <-answers; a+b != http.StatusSeeOther+http.StatusConflict {
				t.Errorf("of two at once: %d and %d, want one done and one refused", a, b)
			}
			after := first.get(at)
			if got := strings.Count(after.text, "我来处理"); got != 1 {
				t.Errorf("the case holds %d of two at once:\n%s", got, after.text)
			}
		}
		h.agrees(t)
	})
}
