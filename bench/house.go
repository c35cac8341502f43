package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/sample"
	"github.com/haochaping/haochaping/internal/web/ebus"
)

// keys are the same for all, so that what one program seals another opens.
func keys() *privacy.Keys {
	secret := bytes.Repeat([]byte{7}, 32)
	return &privacy.Keys{Active: 1, Sealing: map[byte][]byte{1: secret}, Index: secret}
}

// house is what handlers are made of, as the program's own wiring makes it, with one app that is known from the start.
type house struct {
	registry *org.Registry
	entities *catalog.EntitySet
	tags     *catalog.Tags
	sealer   *privacy.Sealer
	blinder  *privacy.Blinder
	apps     *integrator.Service
	policy   *moderation.Policy
	log      *slog.Logger
}

func newHouse() (*house, error) {
	sealer, err := privacy.NewSealer(keys(), privacy.SM4)
	if err != nil {
		return nil, err
	}
	policy, err := moderation.NewPolicy(moderation.Before)
	if err != nil {
		return nil, err
	}
	h := &house{
		policy:   policy,
		registry: org.NewRegistry(org.Guangdong(), departments()),
		entities: catalog.NewEntitySet(append(catalog.Specified(), catalog.Added()...)),
		tags:     catalog.NewTags(catalog.National()),
		sealer:   sealer,
		blinder:  privacy.NewBlinder(keys()),
		// Who is told to come again is counted by the callers.
		log: slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	}
	h.apps = integrator.NewService(oneApp{sealer: sealer}, sealer, h.entities.Known)
	return h, nil
}

func departments() []org.Department {
	var all []org.Department
	for _, d := range sample.Departments() {
		all = append(all, org.Department{Code: d.Code, Name: d.Name, RegionCode: d.RegionCode})
	}
	return all
}

// service takes reviews into store.
func (h *house) service(store review.Store, lanes, batch int) (*review.Service, error) {
	return review.NewService(review.Needs{
		Store: store, Places: &review.Placement{Registry: h.registry, Root: "440000000000"}, Sealer: h.sealer,
		Blinder: h.blinder, Now: time.Now, Lanes: lanes, Queue: 4096, Batch: batch, Policy: h.policy,
	})
}

// handler serves the specification's interfaces.
func (h *house) handler(reviews ebus.Reviews) http.Handler {
	return ebus.NewHandler(ebus.Needs{
		Reviews:  reviews,
		Verifier: &ebus.Verifier{Apps: h.apps, Window: 180 * time.Second, Now: time.Now},
		Tags:     h.tags, Entities: h.entities, Now: time.Now, Log: h.log,
	})
}

// unkept seals and keys each review as its service does, and keeps nothing: lanes and batches are the store's part.
type unkept struct{ *review.Service }

// Submit implements ebus.Reviews.
func (u unkept) Submit(_ context.Context, r review.Review) (review.Receipt, error) {
	record, err := u.Record(&r)
	return review.Receipt{Serial: record.Serial}, err
}

// oneApp is a registry of integrators that holds one.
type oneApp struct {
	integrator.Store
	sealer *privacy.Sealer
}

func (o oneApp) Apps(context.Context) ([]integrator.Stored, error) {
	app := integrator.App{Code: appCode, PaasID: appCode, Name: "bench"}
	for _, entity := range catalog.Specified() {
		app.Entities = append(app.Entities, entity.Code)
	}
	return []integrator.Stored{{App: app, Sealed: [][]byte{o.sealer.Seal([]byte(appSecret), "app:"+appCode)}}}, nil
}

// unstored is a store that answers at once and keeps nothing.
type unstored struct{ review.Store }

func (unstored) Accept(_ context.Context, _ int, batch []review.Record) ([]review.Outcome, error) {
	outcomes := make([]review.Outcome, len(batch))
	for i := range batch {
		outcomes[i] = review.Outcome{Serial: batch[i].Serial, State: review.Stored}
	}
	return outcomes, nil
}

// constant reads a body and answers with what every body is answered with.
func constant() http.Handler {
	answer := []byte(`{"code":0,"message":"成功","data":{"affairEvalId":"01JX8Q3F7K00A5ZV3M8K"},"requestId":"ABCDEFGHIJKLMNOPQRSTUVWXYZ"}` + "\n")
	bodies := sync.Pool{New: func() any { return new(bytes.Buffer) }}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := bodies.Get().(*bytes.Buffer)
		defer bodies.Put(body)
		body.Reset()
		if _, err := body.ReadFrom(r.Body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
		_, _ = w.Write(answer) // a caller that hung up loses his answer only
	})
}
