package e2e

import "testing"

// A form of the console is sent once by a double click; a preview in a page of its own may be asked for again.
func TestADoubleClickSendsAFormOnce(t *testing.T) {
	t.Parallel()
	base, password := consoleDemo(t, "100")
	b := tabOn(t, base, desktop)
	b.enterConsole("sheng", password)
	b.open("/console/words/new")
	for button, want := range map[string]int{`<button>`: 1, `<button formtarget="_blank">`: 2} {
		sent := ask[int](b, `(() => {
			const form = Object.assign(document.createElement("form"), { method: "post", action: "/console/nowhere", innerHTML: '`+button+`' })
			document.body.append(form)
			let sent = 0
			const count = (e) => { sent += e.defaultPrevented ? 0 : 1; e.preventDefault() }
			addEventListener("submit", count)
			form.firstChild.click()
			form.firstChild.click()
			removeEventListener("submit", count)
			return sent
		})()`)
		if sent != want {
			t.Errorf("by a double click on %s a form was sent %d times, want %d", button, sent, want)
		}
	}
}
