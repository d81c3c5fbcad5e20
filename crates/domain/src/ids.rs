//! Ids: one type per thing, so that a booking's id can't be passed where a resource's belongs. Made by the shell.

use std::fmt;

use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// Who: a person or a program with an account.
    UserId
);
id!(
    /// One sign-in of a user, and every token that came from it.
    SessionId
);
id!(
    /// What can be booked.
    ResourceId
);
id!(
    /// A booking.
    BookingId
);
id!(
    /// Time that is blocked on a resource.
    BlockId
);
id!(
    /// A site: a restaurant, an office, a sports hall.
    SiteId
);
id!(
    /// A part of a site: a hall, a terrace, a floor.
    AreaId
);
id!(
    /// A kind of resource that is declared.
    KindId
);
id!(
    /// A group of users.
    GroupId
);
id!(
    /// A picture, by what it shows.
    PictureId
);
id!(
    /// A display at a door.
    DisplayId
);
id!(
    /// Bookings that recur by one rule.
    SeriesId
);
