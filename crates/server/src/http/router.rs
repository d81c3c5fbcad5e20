//! Every route, on one page. Each is registered without a slash at its end and answers with and without one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::FromRef;
use axum::routing::{delete, get, patch, post, put};

use super::{
    attendance, audit, availability, bookings, bulk, compress, displays, docs, export, floor_plans, groups, guests,
    health, holidays, import, kinds, live, managers, openapi, password_links, personal, pictures, places, public,
    public_resources, reports, resources, rules, schedule, series, session, set_up, time_zones, ui, users, waiting,
};
use crate::app::App;
use crate::metrics::Metrics;

/// What handlers work with. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Http {
    /// The use cases.
    pub app: App,
    /// The metrics.
    pub metrics: Metrics,
    stopping: Arc<AtomicBool>,
}

impl Http {
    /// Handlers that work with this application.
    pub fn new(app: App, metrics: Metrics) -> Self {
        Self { app, metrics, stopping: Arc::default() }
    }

    /// From now on the server says that it is not ready.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.app.live.stop();
    }

    /// Whether the server is stopping.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }
}

impl FromRef<Http> for App {
    fn from_ref(http: &Http) -> Self {
        http.app.clone()
    }
}

/// The router.
pub fn router(http: Http) -> Router {
    Router::new()
        .route("/users", get(users::list))
        .route("/users/register", post(users::register))
        .route("/users/token", post(users::token))
        .route("/users/password", post(password_links::set))
        .route("/users/logout", post(users::logout))
        .route("/users/me", get(users::me).patch(users::update_me).delete(personal::erase_me))
        .route("/users/me/export", get(personal::export_me))
        .route("/users/me/password", put(users::change_password))
        .route("/users/me/sessions", get(users::sessions).delete(users::end_other_sessions))
        .route("/users/me/sessions/{session_id}", delete(users::end_session))
        .route("/users/{user_id}", get(users::show).patch(users::update).delete(personal::erase_user))
        .route("/users/{user_id}/name", get(users::name))
        .route("/users/{user_id}/password-link", post(password_links::make))
        .route("/users/{user_id}/sessions", delete(users::end_user_sessions))
        .route("/session", post(session::create).delete(session::delete))
        .route("/session/refresh", post(session::refresh))
        .route("/resources", get(resources::list).layer(compress::lists()).post(resources::create))
        .route("/resources/overview", get(resources::overview).layer(compress::lists()))
        .route(
            "/resources/{resource_id}",
            get(resources::show).put(resources::replace).patch(resources::update).delete(resources::delete),
        )
        .route("/resources/{resource_id}/picture", get(pictures::show).put(pictures::put).delete(pictures::delete))
        .route("/resources/{resource_id}/rules", get(rules::of_resource).put(rules::replace_of_resource))
        .route("/resources/{resource_id}/rules/in-force", get(rules::in_force_of_resource))
        .route("/resources/{resource_id}/rules/trial", post(rules::try_on_resource))
        .route("/resources/{resource_id}/rules/versions", get(rules::versions_of_resource))
        .route("/resources/{resource_id}/managers", get(managers::of_resource))
        .route(
            "/resources/{resource_id}/managers/{user_id}",
            put(managers::add_to_resource).delete(managers::remove_from_resource),
        )
        .route("/kinds", get(kinds::list).layer(compress::lists()).post(kinds::create))
        .route("/kinds/{kind}", get(kinds::show).patch(kinds::update).delete(kinds::delete))
        .route("/groups", get(groups::list).post(groups::create))
        .route("/groups/{group_id}", get(groups::show).patch(groups::update).delete(groups::delete))
        .route("/groups/{group_id}/members", get(groups::members))
        .route("/groups/{group_id}/members/{user_id}", put(groups::add).delete(groups::remove))
        .route("/sites", get(places::list).layer(compress::lists()).post(places::create))
        .route("/sites/{site_id}", get(places::show).patch(places::update).delete(places::delete))
        .route("/sites/{site_id}/rules", get(rules::of_site).put(rules::replace_of_site))
        .route("/sites/{site_id}/rules/trial", post(rules::try_on_site))
        .route("/sites/{site_id}/public-page", get(public::page).put(public::replace_page))
        .route("/sites/{site_id}/rules/versions", get(rules::versions_of_site))
        .route("/sites/{site_id}/areas", get(places::list_areas).layer(compress::lists()).post(places::create_area))
        .route("/sites/{site_id}/floor-plan", get(floor_plans::of_site).put(floor_plans::replace_of_site))
        .route(
            "/sites/{site_id}/floor-plan/background",
            get(floor_plans::background_of_site)
                .put(floor_plans::put_background_of_site)
                .delete(floor_plans::delete_background_of_site),
        )
        .route("/sites/{site_id}/managers", get(managers::of_site))
        .route("/sites/{site_id}/managers/{user_id}", put(managers::add_to_site).delete(managers::remove_from_site))
        .route("/areas", get(places::list_all_areas).layer(compress::lists()))
        .route("/areas/{area_id}", get(places::show_area).patch(places::update_area).delete(places::delete_area))
        .route("/areas/{area_id}/floor-plan", get(floor_plans::of_area).put(floor_plans::replace_of_area))
        .route(
            "/areas/{area_id}/floor-plan/background",
            get(floor_plans::background_of_area)
                .put(floor_plans::put_background_of_area)
                .delete(floor_plans::delete_background_of_area),
        )
        .route("/areas/{area_id}/rules", get(rules::of_area).put(rules::replace_of_area))
        .route("/areas/{area_id}/rules/trial", post(rules::try_on_area))
        .route("/areas/{area_id}/rules/versions", get(rules::versions_of_area))
        .route("/holidays", get(holidays::regions))
        .route("/holidays/{region}", get(holidays::of_region))
        .route("/schedule", get(schedule::list).post(schedule::create))
        .route("/schedule/series", post(schedule::create_series))
        .route("/schedule/series/{series_id}", delete(schedule::delete_series))
        .route("/schedule/{block_id}", delete(schedule::delete))
        .route("/bookings", get(bookings::list).post(bookings::create))
        .route("/bookings/my", get(bookings::my))
        .route("/bookings/{booking_id}", patch(bookings::update).get(bookings::show).delete(bookings::cancel))
        .route("/bookings/{booking_id}/confirm", post(bookings::confirm))
        .route("/bookings/{booking_id}/reject", post(bookings::reject))
        .route("/bookings/bulk", post(bulk::bulk))
        .route("/events/stream", get(live::stream))
        .route("/bookings/check", post(attendance::check))
        .route("/bookings/{booking_id}/check-in", post(attendance::check_in))
        .route("/bookings/{booking_id}/end", post(attendance::end))
        .route("/bookings/{booking_id}/no-show", post(attendance::no_show))
        .route("/bookings/{booking_id}/undo", post(attendance::undo))
        .route("/bookings/{booking_id}/events", get(attendance::history))
        .route("/bookings/{booking_id}/guest-link", post(guests::give_link))
        .route("/bookings/{booking_id}/guest", delete(guests::forget))
        .route("/guest/bookings/{booking_id}", get(guests::show).patch(guests::update).delete(guests::cancel))
        .route("/guest/bookings/{booking_id}/me", delete(guests::forget_me))
        .route("/guest/bookings/{booking_id}/renew", post(public::renew))
        .route("/guest/bookings/{booking_id}/book", post(public::book))
        .route("/guest/bookings/{booking_id}/slots", get(public::slots_of_guest))
        .route("/guest/bookings/{booking_id}/days", get(public::days_of_guest))
        .route("/guest/bookings/{booking_id}/move", post(public::move_booking))
        .route("/guest/bookings/{booking_id}/calendar.ics", get(public::calendar))
        .route("/guest/waiting-list/{waiting_id}", get(public::waiting).delete(public::leave))
        .route("/public/sites/{slug}", get(public::site))
        .route("/public/sites/{slug}/slots", get(public::slots))
        .route("/public/sites/{slug}/days", get(public::days))
        .route("/public/sites/{slug}/holds", post(public::hold))
        .route("/public/sites/{slug}/waiting-list", post(public::wait))
        .route("/public/resources/{resource_id}", get(public_resources::show))
        .route("/public/resources/{resource_id}/availability", get(public_resources::availability))
        .route("/public/resources/{resource_id}/picture", get(public_resources::picture))
        .route("/displays", get(displays::list).post(displays::create))
        .route("/displays/{display_id}", get(displays::show).patch(displays::update).delete(displays::delete))
        .route("/display", get(displays::door))
        .route("/display/stream", get(live::stream_at_door))
        .route("/display/pairing", get(displays::pairing).post(displays::start_pairing))
        .route("/display/bookings", post(displays::book))
        .route("/display/bookings/{booking_id}/check-in", post(displays::check_in))
        .route("/display/bookings/{booking_id}/extend", post(displays::extend))
        .route("/display/bookings/{booking_id}/end", post(displays::end))
        .route("/holds", post(attendance::hold))
        .route("/holds/{booking_id}/book", post(attendance::take_up))
        .route("/waiting-list", get(waiting::list).post(waiting::join))
        .route("/waiting-list/{waiting_id}", get(waiting::show).delete(waiting::leave))
        .route("/availability", get(availability::stretches).layer(compress::lists()))
        .route("/availability/slots", get(availability::slots).layer(compress::lists()))
        .route("/availability/search", post(availability::search))
        .route("/series", post(series::create))
        .route("/series/check", post(series::check))
        .route("/series/{series_id}", get(series::show).patch(series::update).delete(series::cancel))
        .route("/series/{series_id}/undo", post(series::undo))
        .route("/export/bookings", get(export::bookings))
        .route("/export/resources", get(export::resources))
        .route("/export/blocks", get(export::blocks))
        .route("/export/users", get(export::users))
        .route("/import/users", post(import::users))
        .route("/import/resources", post(import::resources))
        .route("/import/blocks", post(import::blocks))
        .route("/import/bookings", post(import::bookings))
        .route("/reports/utilisation", get(reports::utilisation))
        .route("/reports/no-shows", get(reports::no_shows))
        .route("/reports/lead-time", get(reports::lead_time))
        .route("/reports/cancellations", get(reports::cancellations))
        .route("/reports/busiest", get(reports::busiest))
        .route("/audit", get(audit::list))
        .route("/time-zone-shifts", get(time_zones::list))
        .route("/time-zone-shifts/blocks", get(time_zones::list_blocks))
        .route("/setup", get(set_up::page).post(users::set_up))
        .route("/setup/page.js", get(set_up::script))
        .route("/setup/page.css", get(set_up::style))
        .route("/openapi.json", get(openapi::document).layer(compress::lists()))
        .route("/healthz", get(health::up))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .merge(public::router())
        .with_state(http)
        .merge(docs::router())
        .merge(ui::router())
}
