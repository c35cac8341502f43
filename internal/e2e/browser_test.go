package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// chromium is one browser for all tests; endChromium ends it.
var (
	chromium    = sync.OnceValues(startChromium)
	endChromium = func() {}
)

func startChromium() (context.Context, error) {
	profile := filepath.Join(folder, "chromium")
	program := "chromium-headless-shell" // Debian's, without windows
	if _, err := exec.LookPath(program); err != nil {
		program = "chromium"
	}
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(program), chromedp.UserDataDir(profile), chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.NoDefaultBrowserCheck, chromedp.Headless,
	}
	for _, flag := range []string{
		"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync", "disable-default-apps",
		"disable-extensions", "disable-dev-shm-usage", "disable-background-timer-throttling", "disable-backgrounding-occluded-windows",
		"disable-renderer-backgrounding", "hide-scrollbars", "mute-audio",
	} {
		options = append(options, chromedp.Flag(flag, true))
	}
	// All that the tests open is one site, in as few processes as can be: each costs as much as the pages of a story.
	options = append(options, chromedp.Flag("disable-features", "SpareRendererForSitePerProcess,IsolateOrigins,site-per-process"),
		chromedp.Flag("disable-site-isolation-trials", true))
	options = append(options, chromedp.Flag("headless", "new"), chromedp.Flag("lang", "zh-CN"), chromedp.Flag("accept-lang", "zh-CN"),
		chromedp.Flag("force-color-profile", "srgb"))
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	browser, cancel := chromedp.NewContext(allocator)
	endChromium = func() {
		deadline, release := context.WithTimeout(browser, patience)
		defer release()
		_ = chromedp.Cancel(deadline) // what is left of it ends with the allocator
		cancel()
		stop()
	}
	if err := chromedp.Do(browser); err != nil {
		return nil, fmt.Errorf("start chromium: %w", err)
	}
	return browser, nil
}

// size is that of a screen, in CSS pixels.
type size struct {
	width, height int64
	touch         bool
}

// The screens that the pages are made for.
var (
	phone   = size{360, 640, true}
	tablet  = size{768, 1024, true}
	desktop = size{1280, 800, false}
	wall    = size{1920, 1080, false}
)

// tab is a person at a browser of his own: nothing is shared with other tabs but the process. A test fails at its end when
// a page complained on the console or asked another host for anything.
type tab struct {
	t    *testing.T
	ctx  context.Context
	base string

	mu       sync.Mutex
	requests []*network.EventRequestWillBeSent
	received map[network.RequestID]float64 // bytes over the wire
	faults   []string
	taps     int // how often a person touched the page
}

// tabOn opens a browser at a screen of that size for the server at base.
func tabOn(t *testing.T, base string, s size) *tab {
	t.Helper()
	browser, err := chromium()
	if err != nil {
		t.Fatal(err)
	}
	b := &tab{t: t, base: base, received: map[network.RequestID]float64{}}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext(), chromedp.WithListener(b.listen))
	b.ctx = ctx
	t.Cleanup(func() {
		cancel()
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, fault := range b.faults {
			t.Error(fault)
		}
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	b.prepare(s)
	return b
}

// prepare makes the tab the one that its person looks at, whatever other tabs there are.
func (b *tab) prepare(s size) {
	b.t.Helper()
	tell(b, network.Enable, network.EnableParams{})
	tell(b, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	b.dark(false)
	b.resize(s)
}

// another is a second tab of the same person: cookies are shared.
func (b *tab) another(s size) *tab {
	b.t.Helper()
	c := &tab{t: b.t, base: b.base, received: map[network.RequestID]float64{}}
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithListener(c.listen))
	c.ctx = ctx
	b.t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		b.t.Fatalf("open another tab: %v", err)
	}
	c.prepare(s)
	return c
}

func (b *tab) resize(s size) {
	b.t.Helper()
	options := []chromedp.EmulateViewportOption{chromedp.EmulateScale(1)}
	if s.touch {
		options = append(options, chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	b.do(chromedp.EmulateViewport(s.width, s.height, options...))
}

// listen keeps what a page asked for and complained of.
func (b *tab) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e)
		if strings.HasPrefix(e.DocumentURL, b.base) && e.Type != network.ResourceTypeDocument &&
			!strings.HasPrefix(e.Request.URL, b.base+"/") && !strings.HasPrefix(e.Request.URL, "data:") {
			b.faults = append(b.faults, "a page asked another host: "+e.Request.URL)
		}
	case *network.EventResponseReceived:
		if e.Type == network.ResourceTypeDocument && strings.HasPrefix(e.Response.URL, b.base) {
			b.inspect(e.Response)
		}
	case *network.EventLoadingFinished:
		b.received[e.RequestID] = e.EncodedDataLength
	case *log.EventEntryAdded:
		// That an answer's status is 400 is not a complaint.
		if entry := e.Entry; entry.Source != log.EntrySourceNetwork && (entry.Level == log.EntryLevelWarning || entry.Level == log.EntryLevelError) && strings.HasPrefix(entry.URL, b.base) {
			b.faults = append(b.faults, fmt.Sprintf("console, %s %s: %s (%s)", entry.Source, entry.Level, entry.Text, entry.URL))
		}
	case *runtime.EventExceptionThrown:
		b.faults = append(b.faults, "a script failed: "+e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		b.faults = append(b.faults, fmt.Sprintf("a script wrote to the console: %s", e.Type))
	}
}

// inspect looks at the headers of a page.
func (b *tab) inspect(page *network.Response) {
	header := func(name string) string {
		for key, value := range page.Headers {
			if strings.EqualFold(key, name) {
				return fmt.Sprint(value)
			}
		}
		return ""
	}
	policy := header("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") ||
		!strings.Contains(policy, "form-action 'self'") || !strings.Contains(policy, "frame-ancestors 'none'") {
		b.faults = append(b.faults, fmt.Sprintf("%s has the policy %q", page.URL, policy))
	}
	keeping := "no-store"
	if strings.HasPrefix(strings.TrimPrefix(page.URL, b.base), "/ping/board") && page.Status == http.StatusOK {
		keeping = "no-cache" // the same for everybody, and asked for again each time
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": keeping} {
		if got := header(name); got != want {
			b.faults = append(b.faults, fmt.Sprintf("%s: %s is %q, want %q", page.URL, name, got, want))
		}
	}
}

// do runs steps with a deadline.
func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("browser: %v\n%s", err, b.now())
	}
}

// now is where the browser is and what it shows, for a person who reads why a test failed.
func (b *tab) now() string {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
	if err != nil {
		return err.Error()
	}
	return text
}

// tell gives the browser a command.
func tell[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	answer, err := chromedp.Call(ctx, command, params)
	if err != nil {
		b.t.Fatalf("browser: %v", err)
	}
	return answer
}

// open goes to a path of the server and gives the answer's status.
func (b *tab) open(path string) int {
	b.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = b.base + path
	}
	return b.follow(chromedp.Navigate(path))
}

// follow runs steps that lead to another page, waits for it and gives its status.
func (b *tab) follow(steps ...chromedp.Action[chromedp.Void]) int {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	response, err := chromedp.RunResponse(ctx, steps...)
	if err != nil {
		b.t.Fatalf("browser: %v\n%s", err, b.now())
	}
	if response == nil { // from the browser's own memory
		return 0
	}
	return int(response.Status)
}

// tap touches an element as a finger or a mouse does, wherever on the page it is.
func (b *tab) tap(selector string) {
	b.t.Helper()
	b.taps++
	b.do(touch(selector))
}

// back goes back in the browser's history until condition holds.
func (b *tab) back(what, condition string) {
	b.t.Helper()
	b.do(leading(chromedp.Evaluate[chromedp.Void]("history.back()")))
	b.until(what, condition)
}

// touch is a tap for follow.
func touch(selector string) chromedp.Action[chromedp.Void] {
	return leading(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// leading is a step that leads away from a page, which may be gone before the browser has said that the step was taken.
func leading(step chromedp.Action[chromedp.Void]) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := step(ctx, t)
		var said *cdproto.Error
		if errors.As(err, &said) && said.Message == "Inspected target navigated or closed" {
			return nil
		}
		return err
	})
}

// write adds to what stands in a field.
func (b *tab) write(selector, text string) {
	b.t.Helper()
	b.do(chromedp.Focus(chromedp.CSS(selector), chromedp.NodeVisible), chromedp.KeyEvent(kb.End, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	tell(b, input.InsertText, input.InsertTextParams{Text: text})
}

// press presses keys one after the other, wherever the focus is.
func (b *tab) press(keys ...string) {
	b.t.Helper()
	for _, key := range keys {
		b.do(chromedp.KeyEvent(key))
	}
}

// ask evaluates an expression in the page.
func ask[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// until waits for an expression to hold on a page that is there whole, over navigations: an address is the next page's before a word of it is.
func (b *tab) until(what, expression string) {
	b.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		ctx, cancel := context.WithDeadline(b.ctx, deadline)
		holds, err := chromedp.Run(ctx, chromedp.Evaluate[bool](fmt.Sprintf(`document.readyState === "complete" && (%s)`, expression)))
		cancel()
		if err == nil && holds {
			return
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("%s: not within %v (%v)\n%s", what, patience, err, b.now())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// text is what a person reads on the page.
func (b *tab) text() string {
	b.t.Helper()
	return ask[string](b, "document.body.innerText")
}

// wants fails unless the page shows every text.
func (b *tab) wants(texts ...string) {
	b.t.Helper()
	shown := b.text()
	for _, text := range texts {
		if !strings.Contains(shown, text) {
			b.t.Errorf("%s does not show %q:\n%s", b.at(), text, shown)
		}
	}
}

// at is the address without the host.
func (b *tab) at() string {
	b.t.Helper()
	address, err := url.Parse(ask[string](b, "location.href"))
	if err != nil {
		b.t.Fatal(err)
	}
	return address.RequestURI()
}

// scripts switches the pages' scripts on or off, from the next page on.
func (b *tab) scripts(on bool) {
	b.t.Helper()
	tell(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
}

// dark switches to the dark or the light theme. Nothing moves, so that nothing is seen half-way.
func (b *tab) dark(on bool) {
	b.t.Helper()
	scheme := map[bool]string{true: "dark", false: "light"}[on]
	tell(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}
